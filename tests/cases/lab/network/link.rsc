/interface vlan
add name={name} interface={port} vlan-id={vlan} mtu=1500
/ip address
add address={address} interface={name}
/routing ospf interface-template
add area=backbone interfaces={name} type=ptp auth=sha256 auth-id=1 auth-key=key{vlan} \
    hello-interval=10s dead-interval=40s comment={name}
