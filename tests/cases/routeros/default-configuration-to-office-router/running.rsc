# 2026-11-24 07:23:44 by RouterOS 7.16.2
# software id = 158B-7129
#
# model = L009UiGS
# serial number = HEXEE979B8D
/interface bridge
add admin-mac=48:A9:8A:29:6E:81 auto-mac=no comment=\
    "lan: ports and VLANs of the office" name=bridge vlan-filtering=yes
/interface ethernet
set [ find default-name=ether2 ] comment="downlink: to other offices"
set [ find default-name=ether3 ] comment="access point: lurah-kayu-ara-ap1"
set [ find default-name=ether4 ] comment="access point: lurah-kayu-ara-ap2"
set [ find default-name=ether8 ] comment="rescue: for a person on site"
set [ find default-name=sfp1 ] comment="uplink: fiber"
/interface vlan
add comment="management: devices of the office" interface=bridge name=\
    vlan-management vlan-id=99
add comment="uplink: fiber to camat-sekayu-rtr1" interface=sfp1 name=uplink \
    vlan-id=1001
/interface list
add comment=defconf name=WAN
add comment=defconf name=LAN
add comment="links: ways to Dinkominfo and to other offices" name=LINKS
/ip pool
add name=default-dhcp ranges=192.168.88.10-192.168.88.254
/ip dhcp-server
add address-pool=default-dhcp interface=bridge name=defconf
/routing ospf instance
add disabled=no name=intranet router-id=10.62.0.2
/routing ospf area
add disabled=no instance=intranet name=backbone
/interface bridge port
add bridge=bridge comment=defconf interface=ether5
add bridge=bridge comment=defconf interface=ether6
add bridge=bridge comment=defconf interface=ether7
add bridge=bridge comment="trunk: ether3" frame-types=admit-only-vlan-tagged \
    interface=ether3
add bridge=bridge comment="trunk: ether4" frame-types=admit-only-vlan-tagged \
    interface=ether4
/ip neighbor discovery-settings
set discover-interface-list=LAN
/interface bridge vlan
add bridge=bridge comment="management: devices of the office" tagged=\
    bridge,ether3,ether4 vlan-ids=99
/interface list member
add comment=defconf interface=bridge list=LAN
add comment=defconf interface=ether1 list=WAN
add comment="uplink: fiber to camat-sekayu-rtr1" interface=uplink list=LINKS
/ip address
add address=192.168.88.1/24 comment=defconf interface=bridge network=\
    192.168.88.0
add address=10.64.7.193/27 comment="management: devices of the office" \
    interface=vlan-management network=10.64.7.192
add address=10.62.0.2 comment="management: this device" interface=lo network=\
    10.62.0.2
add address=10.60.0.2/30 comment="uplink: fiber to camat-sekayu-rtr1" \
    interface=uplink network=10.60.0.0
add address=192.168.255.1/30 comment="rescue: for a person on site" \
    interface=ether8 network=192.168.255.0
/ip dhcp-client
add comment=defconf interface=ether1
/ip dhcp-server network
add address=192.168.88.0/24 comment=defconf dns-server=192.168.88.1 gateway=\
    192.168.88.1
/ip dns
set allow-remote-requests=yes
/ip dns static
add address=192.168.88.1 comment=defconf name=router.lan type=A
/ip firewall filter
add action=accept chain=input comment=\
    "base: answers to what was let in, to this device" connection-state=\
    established,related,untracked
add action=accept chain=input comment=\
    "management: SSH from the controllers in 10.16.0.0/24" dst-port=22 \
    in-interface-list=LINKS protocol=tcp src-address=10.16.0.0/24
add action=accept chain=input comment=\
    "management: SSH from the office's management VLAN" dst-port=22 \
    in-interface=vlan-management protocol=tcp src-address=10.64.7.192/27
add action=accept chain=input comment="rescue: SSH from the rescue port" \
    dst-port=22 in-interface=ether8 protocol=tcp src-address=192.168.255.0/30
add action=accept chain=input comment="routing: OSPF on links" \
    in-interface-list=LINKS protocol=ospf
add action=accept chain=forward comment=\
    "base: answers to what was let in, through this device" connection-state=\
    established,related,untracked
add action=accept chain=forward comment=\
    "management: devices behind, from 10.16.0.0/24" in-interface-list=LINKS \
    src-address=10.16.0.0/24
add action=accept chain=input comment=\
    "defconf: accept established,related,untracked" connection-state=\
    established,related,untracked
add action=drop chain=input comment="defconf: drop invalid" connection-state=\
    invalid
add action=accept chain=input comment="defconf: accept ICMP" protocol=icmp
add action=accept chain=input comment=\
    "defconf: accept to local loopback (for CAPsMAN)" dst-address=127.0.0.1
add action=drop chain=input comment="defconf: drop all not coming from LAN" \
    in-interface-list=!LAN
add action=accept chain=forward comment="defconf: accept in ipsec policy" \
    ipsec-policy=in,ipsec
add action=accept chain=forward comment="defconf: accept out ipsec policy" \
    ipsec-policy=out,ipsec
add action=fasttrack-connection chain=forward comment="defconf: fasttrack" \
    connection-state=established,related
add action=accept chain=forward comment=\
    "defconf: accept established,related, untracked" connection-state=\
    established,related,untracked
add action=drop chain=forward comment="defconf: drop invalid" \
    connection-state=invalid
add action=drop chain=forward comment=\
    "defconf: drop all from WAN not DSTNATed" connection-nat-state=!dstnat \
    connection-state=new in-interface-list=WAN
/ip firewall nat
add action=masquerade chain=srcnat comment="defconf: masquerade" \
    ipsec-policy=out,none out-interface-list=WAN
/ip service
set telnet disabled=yes
set ftp disabled=yes
set www disabled=yes
set ssh address=10.16.0.0/24,10.64.7.192/27,192.168.255.0/30
set api disabled=yes
set api-ssl disabled=yes
/ip ssh
set strong-crypto=yes
/ipv6 firewall address-list
add address=::/128 comment="defconf: unspecified address" list=bad_ipv6
add address=::1/128 comment="defconf: lo" list=bad_ipv6
add address=fec0::/10 comment="defconf: site-local" list=bad_ipv6
add address=::ffff:0.0.0.0/96 comment="defconf: ipv4-mapped" list=bad_ipv6
add address=::/96 comment="defconf: ipv4 compat" list=bad_ipv6
add address=100::/64 comment="defconf: discard only " list=bad_ipv6
add address=2001:db8::/32 comment="defconf: documentation" list=bad_ipv6
add address=2001:10::/28 comment="defconf: ORCHID" list=bad_ipv6
add address=3ffe::/16 comment="defconf: 6bone" list=bad_ipv6
/ipv6 firewall filter
add action=accept chain=input comment=\
    "defconf: accept established,related,untracked" connection-state=\
    established,related,untracked
add action=drop chain=input comment="defconf: drop invalid" connection-state=\
    invalid
add action=accept chain=input comment="defconf: accept ICMPv6" protocol=\
    icmpv6
add action=accept chain=input comment="defconf: accept UDP traceroute" \
    dst-port=33434-33534 protocol=udp
add action=accept chain=input comment=\
    "defconf: accept DHCPv6-Client prefix delegation." dst-port=546 protocol=\
    udp src-address=fe80::/10
add action=accept chain=input comment="defconf: accept IKE" dst-port=500,4500 \
    protocol=udp
add action=accept chain=input comment="defconf: accept ipsec AH" protocol=\
    ipsec-ah
add action=accept chain=input comment="defconf: accept ipsec ESP" protocol=\
    ipsec-esp
add action=accept chain=input comment=\
    "defconf: accept all that matches ipsec policy" ipsec-policy=in,ipsec
add action=drop chain=input comment=\
    "defconf: drop everything else not coming from LAN" in-interface-list=\
    !LAN
add action=accept chain=forward comment=\
    "defconf: accept established,related,untracked" connection-state=\
    established,related,untracked
add action=drop chain=forward comment="defconf: drop invalid" \
    connection-state=invalid
add action=drop chain=forward comment=\
    "defconf: drop packets with bad src ipv6" src-address-list=bad_ipv6
add action=drop chain=forward comment=\
    "defconf: drop packets with bad dst ipv6" dst-address-list=bad_ipv6
add action=drop chain=forward comment="defconf: rfc4890 drop hop-limit=1" \
    hop-limit=equal:1 protocol=icmpv6
add action=accept chain=forward comment="defconf: accept ICMPv6" protocol=\
    icmpv6
add action=accept chain=forward comment="defconf: accept HIP" protocol=139
add action=accept chain=forward comment="defconf: accept IKE" dst-port=\
    500,4500 protocol=udp
add action=accept chain=forward comment="defconf: accept ipsec AH" protocol=\
    ipsec-ah
add action=accept chain=forward comment="defconf: accept ipsec ESP" protocol=\
    ipsec-esp
add action=accept chain=forward comment=\
    "defconf: accept all that matches ipsec policy" ipsec-policy=in,ipsec
add action=drop chain=forward comment=\
    "defconf: drop everything else not coming from LAN" in-interface-list=\
    !LAN
/routing ospf interface-template
add area=backbone comment="management: announced, no neighbours" disabled=no \
    interfaces=lo,vlan-management passive
add area=backbone auth=sha256 auth-id=1 auth-key=<secret:0000000000000001> \
    comment="uplink: fiber to camat-sekayu-rtr1" cost=10 disabled=no \
    interfaces=uplink type=ptp
/system identity
set name=lurah-kayu-ara-rtr1
/tool mac-server
set allowed-interface-list=LAN
/tool mac-server mac-winbox
set allowed-interface-list=LAN
