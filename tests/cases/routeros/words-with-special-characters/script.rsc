/ip firewall address-list set [find address="10.1.0.0/16" list="two words" dynamic=no] comment="a = b"
/ip firewall address-list add address=10.2.0.0/16 list="two words"
/ip firewall filter move [find chain="input" comment="caf\C3\A9" action="drop" dynamic=no] [find chain="input" comment="say \"hello\" to \$me; [a] {b} \\ 100%" action="accept" dynamic=no]
/ip firewall filter set [find chain="input" comment="caf\C3\A9" action="drop" dynamic=no] log=yes
