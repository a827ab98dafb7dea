:do { /ip firewall filter remove [find chain="input" action="accept" dst-port="22" protocol="tcp" src-address="10.9.0.0/24" dynamic=no] } on-error={}
# sekayu: end of inverse
