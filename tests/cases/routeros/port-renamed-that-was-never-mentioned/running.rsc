# 2026-01-01 08:00:00 by RouterOS 7.20.4
/ip address
add address=192.0.2.2/30 interface=ether1 network=192.0.2.0
