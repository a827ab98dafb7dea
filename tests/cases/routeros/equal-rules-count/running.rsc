# 2026-01-01 08:00:00 by RouterOS 7.20.4
/ip firewall nat
add action=masquerade chain=srcnat out-interface=ether1
add action=masquerade chain=srcnat out-interface=ether1
add action=passthrough chain=srcnat
add action=masquerade chain=srcnat out-interface=ether1
