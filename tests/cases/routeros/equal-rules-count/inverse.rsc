:do { :if ([:len [/ip firewall nat find chain="srcnat" action="masquerade" out-interface="ether1" disabled="no" dynamic=no]] = 2) do={ /ip firewall nat add action=masquerade chain=srcnat out-interface=ether1 } } on-error={}
:do { /ip firewall nat move [find chain="srcnat" action="passthrough" dynamic=no] [:pick [find chain="srcnat" action="masquerade" out-interface="ether1" dynamic=no] 2] } on-error={}
# sekayu: end of inverse
