# 2026-01-01 08:00:00 by RouterOS 7.20.4
/interface bridge
add name=lan
/interface vlan
add interface=lan name=staff vlan-id=10
/interface list
add name=LAN
/interface list member
add interface=lan list=LAN
/ip address
add address=10.0.10.1/24 interface=staff network=10.0.10.0
/ip firewall filter
add action=accept chain=input in-interface=staff
