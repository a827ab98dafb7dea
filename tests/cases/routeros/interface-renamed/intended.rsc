/interface bridge
add name=bridge
/interface vlan
add interface=bridge name=vlan-staff vlan-id=10
/interface list
add name=LAN
/interface list member
add interface=bridge list=LAN
/ip address
add address=10.0.10.1/24 interface=vlan-staff network=10.0.10.0
/ip firewall filter
add action=accept chain=input in-interface=vlan-staff
