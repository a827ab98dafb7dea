# 2026-01-01 08:00:00 by RouterOS 7.20.4
/interface vlan
add interface=ether1 name=uplink vlan-id=7
/interface list
add name=WAN
/interface list member
add interface=uplink list=WAN
/ip address
add address=192.0.2.2/30 interface=uplink network=192.0.2.0
