/ip firewall filter
add action=drop chain=input comment="caf\C3\A9" log=yes
add action=accept chain=input comment="say \"hello\" to \$me; [a] {b} \\ 100%" protocol=icmp
/ip firewall address-list
add address=10.1.0.0/16 list="two words" comment="a = b"
add address=10.2.0.0/16 list="two words"
