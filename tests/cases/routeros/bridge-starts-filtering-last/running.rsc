# 2026-01-01 08:00:00 by RouterOS 7.20.4
/interface bridge
add name=bridge
/interface bridge port
add bridge=bridge interface=ether2
/interface vlan
add interface=bridge name=management vlan-id=99
/ip address
add address=10.0.99.1/27 interface=management network=10.0.99.0
