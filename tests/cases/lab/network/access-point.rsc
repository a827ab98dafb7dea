/interface ethernet
add name=ether1 default-name=ether1
/interface bridge
add name=bridge vlan-filtering=yes
/interface vlan
add name=vlan-management interface=bridge vlan-id=99
/interface bridge port
add bridge=bridge interface=ether1
/interface bridge vlan
add bridge=bridge vlan-ids=99 tagged=bridge,ether1
/ip address
add address={net}.2/27 interface=vlan-management
/ip route
add gateway={net}.1
/ip service
add name=ssh port=22
