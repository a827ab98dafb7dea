/ip firewall filter move [:pick [find chain="input" action="drop" dynamic=no] 0]
