# 2026-01-01 08:00:00 by RouterOS 7.20.4
/ip firewall filter
add action=jump chain=forward jump-target=count
add action=jump chain=forward jump-target=count
add action=accept chain=forward protocol=tcp
add action=accept chain=forward protocol=udp
add action=drop chain=forward protocol=gre
add action=drop chain=forward
