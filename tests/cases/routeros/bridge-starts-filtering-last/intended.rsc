/interface bridge
add name=bridge vlan-filtering=yes
/interface bridge port
add bridge=bridge interface=ether2 pvid=10
/interface bridge vlan
add bridge=bridge tagged=bridge,ether2 vlan-ids=99
/interface vlan
add interface=bridge name=management vlan-id=99
/ip address
add address=10.0.99.1/27 interface=management network=10.0.99.0
