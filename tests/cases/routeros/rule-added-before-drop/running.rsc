# 2026-01-01 08:00:00 by RouterOS 7.20.4
/ip firewall filter
add action=accept chain=input connection-state=established,related
add action=drop chain=input
