# 2026-01-01 08:00:00 by RouterOS 7.20.4
/ip firewall filter
add action=accept chain=forward comment=a
add action=accept chain=forward comment=b
add action=accept chain=forward comment=c
add action=drop chain=forward comment=d
add action=drop chain=forward comment=e
