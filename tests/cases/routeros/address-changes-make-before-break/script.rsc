/ip address add address=10.0.0.6/30 interface=ether1 network=10.0.0.4
/ip address remove [find address="10.0.0.2/30" interface="ether1" dynamic=no]
