# 2026-01-01 08:00:00 by RouterOS 7.20.4
/interface list
add name=STAFF
add name=WAN
/interface list member
add interface=ether2 list=STAFF
add interface=ether3 list=STAFF
add interface=ether1 list=WAN
/ip firewall filter
add action=accept chain=input in-interface-list=STAFF
add action=drop chain=input in-interface-list=!STAFF
