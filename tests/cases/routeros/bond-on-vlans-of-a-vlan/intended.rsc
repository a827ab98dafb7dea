# 2026-01-01 08:00:00 by RouterOS 7.20.4
/interface vlan
add interface=ether1 name=carrier vlan-id=400
add interface=carrier name=left vlan-id=106
add interface=carrier name=right vlan-id=116
/interface bonding
add mode=active-backup name=both slaves=left,right
/interface vlan
add interface=both name=new vlan-id=7
/ip address
add address=10.0.7.1/24 interface=new network=10.0.7.0
