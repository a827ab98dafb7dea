/ip address set [find address="10.0.0.1/24" interface="lan" dynamic=no] interface=wan
/ip address set [find address="192.0.2.2/30" interface="wan" dynamic=no] interface=lan
/ip firewall filter set [find chain="input" action="drop" in-interface="wan" dynamic=no] in-interface=lan
/interface ethernet set [ find default-name=ether1 ] name=sekayu-temporary-wan
/interface ethernet set [ find default-name=ether2 ] name=wan
/interface ethernet set [ find default-name=ether1 ] name=lan
