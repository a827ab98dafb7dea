/ip firewall filter
add action=accept chain=input protocol=icmp
add action=drop chain=input in-interface=ether1
add action=drop chain=input protocol=udp
add action=drop chain=input
