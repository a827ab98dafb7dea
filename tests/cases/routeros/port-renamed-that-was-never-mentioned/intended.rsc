# 2026-01-01 08:00:00 by RouterOS 7.20.4
/interface ethernet
set [ find default-name=ether1 ] comment=provider name=wan
/ip address
add address=192.0.2.2/30 interface=wan network=192.0.2.0
/ip firewall nat
add action=masquerade chain=srcnat out-interface=wan
