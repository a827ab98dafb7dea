/interface vlan add interface=ether1 name=carrier vlan-id=400
/interface vlan add interface=carrier name=left vlan-id=106
/interface vlan add interface=carrier name=right vlan-id=116
/interface bonding add mode=active-backup name=both slaves=left,right
/interface vlan add interface=both name=new vlan-id=7
/ip address set [find address="10.0.7.1/24" interface="old" dynamic=no] interface=new
/interface vlan remove [find name="old"]
