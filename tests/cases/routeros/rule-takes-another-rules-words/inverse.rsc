:do { /ip firewall filter set [find chain="input" action="accept" dst-port="3333" protocol="tcp" dynamic=no] dst-port=22 } on-error={}
:do { /ip firewall filter move [find chain="input" action="accept" dst-port="2222" protocol="tcp" dynamic=no] [find chain="input" action="drop" dynamic=no] } on-error={}
# sekayu: end of inverse
