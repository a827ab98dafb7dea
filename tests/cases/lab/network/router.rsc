/interface ethernet
add name=ether1 default-name=ether1
add name=ether2 default-name=ether2
add name=ether3 default-name=ether3
add name=ether5 default-name=ether5
add name=sfp1 default-name=sfp1
/interface bridge
add name=bridge vlan-filtering=yes
/interface vlan
add name=vlan-management interface=bridge vlan-id=99
/interface list
add name=INSIDE
/interface list member
add list=INSIDE interface=vlan-management
/interface bridge port
add bridge=bridge interface=ether5 frame-types=admit-all
/interface bridge vlan
add bridge=bridge vlan-ids=99 tagged=bridge,ether5
/ip address
add address={loopback} interface=lo
add address={net}.1/27 interface=vlan-management
/ip firewall address-list
add list=NOC address=10.16.0.0/24
/ip firewall filter
add chain=input action=accept connection-state=established,related,untracked comment=known
add chain=input action=drop connection-state=invalid comment=invalid
add chain=input action=accept protocol=ospf comment=ospf
add chain=input action=accept protocol=icmp comment=icmp
add chain=input action=jump jump-target=management protocol=tcp dst-port=22 comment=ssh
add chain=input action=drop comment=last-input
add chain=management action=accept src-address-list=NOC comment=noc
add chain=management action=accept in-interface-list=INSIDE comment=inside
add chain=forward action=accept connection-state=established,related comment=known-forward
add chain=forward action=accept src-address-list=NOC comment=noc-forward
add chain=forward action=accept in-interface-list=INSIDE comment=inside-forward
add chain=forward action=accept dst-address=10.16.0.0/16 comment=to-intranet
add chain=forward action=drop comment=last-forward
/ip service
add name=ssh port=22
