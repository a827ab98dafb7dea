:do { /interface bridge set [find name="bridge"] vlan-filtering=no } on-error={}
:do { /interface bridge vlan remove [find bridge="bridge" vlan-ids="99" dynamic=no] } on-error={}
:do { /interface bridge port set [find interface="ether2" dynamic=no] pvid=1 } on-error={}
# sekayu: end of inverse
