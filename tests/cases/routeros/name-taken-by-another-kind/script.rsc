/interface vlan set [find name="uplink"] name=sekayu-temporary-uplink
/interface bridge add name=uplink protocol-mode=none
/interface list member add interface=uplink list=WAN
/ip address set [find address="192.0.2.2/30" interface="sekayu-temporary-uplink" dynamic=no] interface=uplink
/interface list member remove [find list="WAN" interface="sekayu-temporary-uplink" dynamic=no]
/interface vlan remove [find name="sekayu-temporary-uplink"]
