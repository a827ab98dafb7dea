/routing ospf network add area=backbone network=10.1.0.0/16
/ip firewall filter add action=accept chain=forward comment="new\?" place-before=[find chain="input" comment="why\?" action="accept" dynamic=no]
/ip firewall filter set [find chain="input" comment="why\?" action="accept" dynamic=no] protocol=tcp
/system ntp client set primary-ntp=10.0.0.2
/ip service set ftp disabled=yes
/ip service set telnet disabled=no
/routing ospf network remove [find network="10.0.0.0/8" area="backbone"]
