# 2026-01-01 08:00:00 by RouterOS 7.20.4
/interface ethernet
set [ find default-name=ether1 ] name=lan
set [ find default-name=ether2 ] name=wan
/ip address
add address=10.0.0.1/24 interface=lan network=10.0.0.0
add address=192.0.2.2/30 interface=wan network=192.0.2.0
/ip firewall filter
add action=drop chain=input in-interface=wan
