# 2026-01-01 08:00:00 by RouterOS 7.20.4
/interface bridge vlan
add bridge=bridge tagged=ether1,bridge vlan-ids=10,20
/ip dhcp-server
add address-pool=p interface=ether2 lease-time=1d name=d
/interface bridge
add name=bridge priority=0x8000
/ip pool
add name=p ranges=10.0.0.2-10.0.0.9
