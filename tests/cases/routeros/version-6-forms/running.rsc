# jan/01/2022 08:00:00 by RouterOS 6.49.13
/interface bridge
add name=bridge
/ip service
set telnet disabled=yes
/routing ospf network
add area=backbone network=10.0.0.0/8
/system ntp client
set enabled=yes primary-ntp=10.0.0.1
/ip firewall filter
add action=accept chain=input comment="why\?"
