# 2026-01-01 08:00:00 by RouterOS 7.20.4
/ip firewall filter
add action=accept chain=input dst-port=22 protocol=tcp
add action=accept chain=input dst-port=2222 protocol=tcp
add action=drop chain=input
