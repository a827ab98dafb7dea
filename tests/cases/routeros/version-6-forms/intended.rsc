# jan/01/2022 08:00:00 by RouterOS 6.49.13
/interface bridge
add name=bridge
/ip service
set ftp disabled=yes
/routing ospf network
add area=backbone network=10.1.0.0/16
/system ntp client
set enabled=yes primary-ntp=10.0.0.2
/ip firewall filter
add action=accept chain=forward comment="new\?"
add action=accept chain=input comment="why\?" protocol=tcp
