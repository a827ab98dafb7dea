/ip address
add address=10.0.0.6/30 interface=ether1 network=10.0.0.4
