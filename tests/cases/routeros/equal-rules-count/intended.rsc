/ip firewall nat
add action=masquerade chain=srcnat out-interface=ether1
add action=passthrough chain=srcnat
add action=masquerade chain=srcnat out-interface=ether1
