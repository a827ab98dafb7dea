/ip firewall filter move [:pick [find chain="forward" action="jump" jump-target="count" dynamic=no] 0] [find chain="forward" action="accept" protocol="tcp" dynamic=no]
/ip firewall filter move [:pick [find chain="forward" action="jump" jump-target="count" dynamic=no] 1] [find chain="forward" action="accept" protocol="tcp" dynamic=no]
