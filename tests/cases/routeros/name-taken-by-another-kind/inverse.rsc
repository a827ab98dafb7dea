:do { :if (([:len [/interface vlan find name="sekayu-temporary-uplink"]] = 0) && ([:len [/interface vlan find name="uplink"]] = 0)) do={ /interface vlan add interface=ether1 name=sekayu-temporary-uplink vlan-id=7 } } on-error={}
:do { :if (([:len [/interface list member find list="WAN" interface="sekayu-temporary-uplink" dynamic=no]] = 0) && ([:len [/interface vlan find name="sekayu-temporary-uplink"]] = 1)) do={ /interface list member add interface=sekayu-temporary-uplink list=WAN } } on-error={}
:do { :if ([:len [/interface vlan find name="sekayu-temporary-uplink"]] = 1) do={ /ip address set [find address="192.0.2.2/30" interface="uplink" dynamic=no] interface=sekayu-temporary-uplink } } on-error={}
:do { :if (([:len [/interface list member find list="WAN" interface="uplink" disabled="no" dynamic=no]] = 1) && ([:len [/interface list member find list="WAN" interface="sekayu-temporary-uplink" dynamic=no]] = 1)) do={ /interface list member remove [find list="WAN" interface="uplink" disabled="no" dynamic=no] } } on-error={}
:do { /interface bridge remove [find name="uplink"] } on-error={}
:do { /interface vlan set [find name="sekayu-temporary-uplink"] name=uplink } on-error={}
# sekayu: end of inverse
