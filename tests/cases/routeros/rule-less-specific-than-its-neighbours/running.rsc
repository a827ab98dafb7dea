# 2026-01-01 08:00:00 by RouterOS 7.20.4
/ip firewall filter
add action=drop chain=input
add action=accept chain=input protocol=icmp
add action=drop chain=input in-interface=ether1
add action=drop chain=input protocol=udp
