/ip firewall nat move [find chain="srcnat" action="passthrough" dynamic=no] [:pick [find chain="srcnat" action="masquerade" out-interface="ether1" dynamic=no] 1]
/ip firewall nat remove [:pick [find chain="srcnat" action="masquerade" out-interface="ether1" dynamic=no] 2]
