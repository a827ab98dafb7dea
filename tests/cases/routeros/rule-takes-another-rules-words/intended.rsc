/ip firewall filter
add action=accept chain=input dst-port=2222 protocol=tcp
add action=accept chain=input dst-port=3333 protocol=tcp
add action=drop chain=input
