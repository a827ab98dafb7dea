/interface bridge port set [find interface="ether2" dynamic=no] pvid=10
/interface bridge vlan add bridge=bridge tagged=bridge,ether2 vlan-ids=99
/interface bridge set [find name="bridge"] vlan-filtering=yes
