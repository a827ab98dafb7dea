:do { /ip firewall filter move [find chain="input" action="drop" in-interface="ether1" dynamic=no] } on-error={}
:do { /ip firewall filter move [find chain="input" action="drop" protocol="udp" dynamic=no] } on-error={}
:do { /ip firewall filter move [:pick [find chain="input" action="drop" dynamic=no] 0] [find chain="input" action="accept" protocol="icmp" dynamic=no] } on-error={}
:do { /ip firewall filter move [find chain="input" action="drop" protocol="udp" dynamic=no] } on-error={}
:do { /ip firewall filter move [find chain="input" action="drop" in-interface="ether1" dynamic=no] [find chain="input" action="drop" protocol="udp" dynamic=no] } on-error={}
# sekayu: end of inverse
