# 2026-01-01 08:00:00 by RouterOS 7.20.4
/interface vlan
add interface=ether1 name=old vlan-id=7
/ip address
add address=10.0.7.1/24 interface=old network=10.0.7.0
