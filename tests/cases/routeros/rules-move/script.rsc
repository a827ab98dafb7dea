/ip firewall filter move [find chain="forward" comment="e" action="drop" dynamic=no] [find chain="forward" comment="a" action="accept" dynamic=no]
/ip firewall filter move [find chain="forward" comment="b" action="accept" dynamic=no]
