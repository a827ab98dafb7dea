/ip pool
add name=p ranges=10.0.0.2-10.0.0.9
/interface bridge
add name=bridge
/ip dhcp-server
add address-pool=p interface=ether2 lease-time=24h name=d
/interface bridge vlan
add bridge=bridge tagged=bridge,ether1 vlan-ids=20,10
