/ip dhcp-client
add interface=ether1 add-default-route=yes use-peer-dns=yes
/interface wireguard
add name=tunnel listen-port=51820 private-key={office}
/interface wireguard peers
add interface=tunnel public-key={hub} endpoint-address=vpn.example endpoint-port=51820 \
    allowed-address=10.0.0.0/8 persistent-keepalive=25s
/ip address
add address=10.61.0.2/24 interface=tunnel
/ip route
add dst-address=10.0.0.0/8 gateway=tunnel
/ip firewall nat
add chain=srcnat action=masquerade out-interface=ether1
