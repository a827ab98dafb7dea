:do { :if ([:len [/interface vlan find name="old"]] = 0) do={ /interface vlan add interface=ether1 name=old vlan-id=7 } } on-error={}
:do { /ip address set [find address="10.0.7.1/24" interface="new" dynamic=no] interface=old } on-error={}
:do { /interface vlan remove [find name="new"] } on-error={}
:do { /interface bonding remove [find name="both"] } on-error={}
:do { /interface vlan remove [find name="right"] } on-error={}
:do { /interface vlan remove [find name="left"] } on-error={}
:do { /interface vlan remove [find name="carrier"] } on-error={}
# sekayu: end of inverse
