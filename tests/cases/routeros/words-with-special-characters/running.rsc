# 2026-01-01 08:00:00 by RouterOS 7.20.4
/ip firewall filter
add action=accept chain=input comment="say \"hello\" to \$me; [a] {b} \\ 100%" protocol=icmp
add action=drop chain=input comment="caf\C3\A9"
/ip firewall address-list
add address=10.1.0.0/16 list="two words"
