/ip firewall filter move [find chain="input" action="accept" dst-port="2222" protocol="tcp" dynamic=no] [find chain="input" action="accept" dst-port="22" protocol="tcp" dynamic=no]
/ip firewall filter set [find chain="input" action="accept" dst-port="22" protocol="tcp" dynamic=no] dst-port=3333
