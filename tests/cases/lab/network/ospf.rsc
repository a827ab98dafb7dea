/routing ospf instance
add name=intranet router-id={id} redistribute=static
/routing ospf area
add name=backbone instance=intranet area-id=0.0.0.0
/routing ospf interface-template
add area=backbone interfaces=lo,vlan-management passive=yes
