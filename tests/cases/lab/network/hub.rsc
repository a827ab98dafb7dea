/ip address
add address=10.63.255.2/30 interface=ether1
/ip route
add gateway=10.63.255.1
/routing ospf instance
set [ find name=intranet ] originate-default=if-installed
/interface wireguard
add name=tunnels listen-port=51820 private-key={hub}
/interface wireguard peers
add interface=tunnels public-key={office} allowed-address=10.61.0.2/32,10.64.4.0/24,10.62.0.5/32
/ip address
add address=10.61.0.1/24 interface=tunnels
/ip route
add dst-address=10.64.4.0/24 gateway=tunnels
add dst-address=10.62.0.5/32 gateway=tunnels
/ip firewall filter
add chain=input action=accept protocol=udp dst-port=51820 in-interface=ether1 comment=wireguard \
    place-before=5
