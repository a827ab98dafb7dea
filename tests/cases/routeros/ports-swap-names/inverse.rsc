:do { /interface ethernet set [ find default-name=ether1 ] name=sekayu-temporary-wan } on-error={}
:do { /interface ethernet set [ find default-name=ether2 ] name=lan } on-error={}
:do { /interface ethernet set [ find default-name=ether1 ] name=wan } on-error={}
:do { /ip firewall filter set [find chain="input" action="drop" in-interface="lan" dynamic=no] in-interface=wan } on-error={}
:do { /ip address set [find address="192.0.2.2/30" interface="lan" dynamic=no] interface=wan } on-error={}
:do { /ip address set [find address="10.0.0.1/24" interface="wan" dynamic=no] interface=lan } on-error={}
# sekayu: end of inverse
