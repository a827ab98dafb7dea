# lurah-kayu-ara-rtr1 as intended, by RouterOS 7.16.2
/system identity
set name=lurah-kayu-ara-rtr1
/interface ethernet
set [ find default-name=ether2 ] comment="downlink: to other offices"
set [ find default-name=ether3 ] comment="access point: lurah-kayu-ara-ap1" disabled=no
set [ find default-name=ether4 ] comment="access point: lurah-kayu-ara-ap2" disabled=no
set [ find default-name=ether8 ] comment="rescue: for a person on site"
set [ find default-name=sfp1 ] comment="uplink: fiber"
/interface bridge
add comment="lan: ports and VLANs of the office" name=bridge vlan-filtering=yes
/interface vlan
add comment="management: devices of the office" interface=bridge name=vlan-management vlan-id=99
/interface bridge port
add bridge=bridge comment="trunk: ether3" frame-types=admit-only-vlan-tagged interface=ether3
add bridge=bridge comment="trunk: ether4" frame-types=admit-only-vlan-tagged interface=ether4
/interface bridge vlan
add bridge=bridge comment="management: devices of the office" tagged=bridge,ether3,ether4 vlan-ids=99
/ip address
add address=10.64.7.193/27 comment="management: devices of the office" interface=vlan-management
/ip address
add address=10.62.0.2/32 comment="management: this device" interface=lo
/interface list
add comment="links: ways to Dinkominfo and to other offices" name=LINKS
/routing ospf instance
add disabled=no name=intranet router-id=10.62.0.2
/routing ospf area
add area-id=0.0.0.0 disabled=no instance=intranet name=backbone
/routing ospf interface-template
add area=backbone comment="management: announced, no neighbours" disabled=no interfaces=lo,vlan-management passive
/interface vlan
add comment="uplink: fiber to camat-sekayu-rtr1" interface=sfp1 name=uplink vlan-id=1001
/interface list member
add comment="uplink: fiber to camat-sekayu-rtr1" interface=uplink list=LINKS
/ip address
add address=10.60.0.2/30 comment="uplink: fiber to camat-sekayu-rtr1" interface=uplink
/routing ospf interface-template
add area=backbone auth=sha256 auth-id=1 auth-key=<secret:0000000000000001> comment="uplink: fiber to camat-sekayu-rtr1" cost=10 disabled=no interfaces=uplink type=ptp
/ip address
add address=192.168.255.1/30 comment="rescue: for a person on site" interface=ether8
/ip firewall filter
add action=accept chain=input comment="base: answers to what was let in, to this device" connection-state=established,related,untracked
add action=accept chain=input comment="management: SSH from the controllers in 10.16.0.0/24" dst-port=22 in-interface-list=LINKS protocol=tcp src-address=10.16.0.0/24
add action=accept chain=input comment="management: SSH from the office's management VLAN" dst-port=22 in-interface=vlan-management protocol=tcp src-address=10.64.7.192/27
add action=accept chain=input comment="rescue: SSH from the rescue port" dst-port=22 in-interface=ether8 protocol=tcp src-address=192.168.255.0/30
add action=accept chain=input comment="routing: OSPF on links" in-interface-list=LINKS protocol=ospf
add action=accept chain=forward comment="base: answers to what was let in, through this device" connection-state=established,related,untracked
add action=accept chain=forward comment="management: devices behind, from 10.16.0.0/24" in-interface-list=LINKS src-address=10.16.0.0/24
/ip service
set ssh address=10.16.0.0/24,10.64.7.192/27,192.168.255.0/30 disabled=no
/ip ssh
set forwarding-enabled=no always-allow-password-login=no strong-crypto=yes
/interface ethernet
set [ find default-name=ether1 ] comment=unused disabled=yes
set [ find default-name=ether5 ] comment=staff
set [ find default-name=ether6 ] comment=service
set [ find default-name=ether7 ] comment=iot
/interface vlan
add comment="staff: office staff" interface=bridge name=vlan-staff vlan-id=10
add comment="service: public service counters" interface=bridge name=vlan-service vlan-id=20
add comment="public: public Wi-Fi" interface=bridge name=vlan-public vlan-id=30
add comment="iot: cameras and sensors" interface=bridge name=vlan-iot vlan-id=40
/interface bridge port
add bridge=bridge comment="staff: ether5" frame-types=admit-only-untagged-and-priority-tagged interface=ether5 pvid=10
add bridge=bridge comment="service: ether6" frame-types=admit-only-untagged-and-priority-tagged interface=ether6 pvid=20
add bridge=bridge comment="iot: ether7" frame-types=admit-only-untagged-and-priority-tagged interface=ether7 pvid=40
/interface bridge vlan
add bridge=bridge comment="staff: office staff" tagged=bridge,ether3,ether4 untagged=ether5 vlan-ids=10
add bridge=bridge comment="service: public service counters" tagged=bridge untagged=ether6 vlan-ids=20
add bridge=bridge comment="public: public Wi-Fi" tagged=bridge,ether3,ether4 vlan-ids=30
add bridge=bridge comment="iot: cameras and sensors" tagged=bridge untagged=ether7 vlan-ids=40
/ip address
add address=10.64.6.1/24 comment="staff: office staff" interface=vlan-staff
add address=10.64.7.1/25 comment="service: public service counters" interface=vlan-service
add address=10.64.4.1/23 comment="public: public Wi-Fi" interface=vlan-public
add address=10.64.7.129/26 comment="iot: cameras and sensors" interface=vlan-iot
/routing ospf interface-template
add area=backbone comment="users: announced, no neighbours" disabled=no interfaces=vlan-staff,vlan-service,vlan-public,vlan-iot passive
/interface list
add comment="management: devices of the office" name=MANAGEMENT
add comment="users: everyone in the office" name=USERS
/interface list member
add interface=vlan-management list=MANAGEMENT
add interface=vlan-staff list=USERS
add interface=vlan-service list=USERS
add interface=vlan-public list=USERS
add interface=vlan-iot list=USERS
/ip pool
add name=pool-staff ranges=10.64.6.20-10.64.6.254
add name=pool-service ranges=10.64.7.18-10.64.7.126
add name=pool-public ranges=10.64.4.20-10.64.5.254
add name=pool-iot ranges=10.64.7.138-10.64.7.190
/ip dhcp-server
add address-pool=pool-staff interface=vlan-staff lease-time=8h name=dhcp-staff
add address-pool=pool-service interface=vlan-service lease-time=8h name=dhcp-service
add address-pool=pool-public interface=vlan-public lease-time=1h name=dhcp-public
add address-pool=pool-iot interface=vlan-iot lease-time=1d name=dhcp-iot
/ip dhcp-server network
add address=10.64.6.0/24 comment="staff: office staff" dns-server=10.64.6.1 domain=sekayu.muba.example gateway=10.64.6.1
add address=10.64.7.0/25 comment="service: public service counters" dns-server=10.64.7.1 domain=sekayu.muba.example gateway=10.64.7.1
add address=10.64.4.0/23 comment="public: public Wi-Fi" dns-server=10.64.4.1 gateway=10.64.4.1
add address=10.64.7.128/26 comment="iot: cameras and sensors" dns-server=10.64.7.129 gateway=10.64.7.129
/ip dns
set allow-remote-requests=yes servers=10.16.1.53,10.16.2.53
/ip firewall address-list
add address=10.0.0.0/8 comment="public: closed to public Wi-Fi" list=closed-to-public
add address=100.64.0.0/10 comment="public: closed to public Wi-Fi" list=closed-to-public
add address=169.254.0.0/16 comment="public: closed to public Wi-Fi" list=closed-to-public
add address=172.16.0.0/12 comment="public: closed to public Wi-Fi" list=closed-to-public
add address=192.168.0.0/16 comment="public: closed to public Wi-Fi" list=closed-to-public
add address=10.16.1.53 comment="management: what devices of the office ask" list=device-servers
add address=10.16.2.53 comment="management: what devices of the office ask" list=device-servers
add address=10.16.1.123 comment="management: what devices of the office ask" list=device-servers
add address=10.16.2.123 comment="management: what devices of the office ask" list=device-servers
add address=10.16.1.14 comment="management: what devices of the office ask" list=device-servers
add address=10.62.0.1 comment="management: what devices of the office ask" list=device-servers
/ip firewall filter
add action=drop chain=input comment="base: what belongs to nothing, to this device" connection-state=invalid
add action=accept chain=input comment="base: this device to itself" dst-address=127.0.0.1
add action=accept chain=input comment="monitoring: echo and errors" protocol=icmp
add action=accept chain=input comment="dns: office VLANs may ask (UDP)" dst-port=53 in-interface-list=USERS protocol=udp
add action=accept chain=input comment="dns: office VLANs may ask (TCP)" dst-port=53 in-interface-list=USERS protocol=tcp
add action=accept chain=input comment="dhcp: office VLANs get addresses" dst-port=67 in-interface-list=USERS protocol=udp
add action=accept chain=input comment="monitoring: SNMP from 10.16.3.0/24" dst-port=161 in-interface-list=LINKS protocol=udp src-address=10.16.3.0/24
add action=drop chain=input comment="base: all else to this device"
add action=drop chain=forward comment="base: what belongs to nothing, through this device" connection-state=invalid
add action=accept chain=forward comment="management: devices of the office ask Dinkominfo" dst-address-list=device-servers in-interface=vlan-management out-interface-list=LINKS
add action=accept chain=forward comment="staff: office staff to intranet and internet" in-interface=vlan-staff out-interface-list=LINKS
add action=accept chain=forward comment="service: public service counters to intranet and internet" in-interface=vlan-service out-interface-list=LINKS
add action=accept chain=forward comment="staff: office staff to the office's service counters" in-interface=vlan-staff out-interface=vlan-service
add action=drop chain=forward comment="public: no private network for public Wi-Fi" dst-address-list=closed-to-public in-interface=vlan-public
add action=accept chain=forward comment="public: public Wi-Fi to the internet alone" in-interface=vlan-public out-interface-list=LINKS
add action=accept chain=forward comment="iot: cameras and sensors to their servers in 10.16.40.0/24" dst-address=10.16.40.0/24 in-interface=vlan-iot out-interface-list=LINKS
add action=drop chain=forward comment="base: all else through this device"
/ipv6 settings
set disable-ipv6=yes
/ipv6 firewall filter
add action=drop chain=input comment="base: no IPv6 to this device"
add action=drop chain=forward comment="base: no IPv6 through this device"
/queue simple
add comment="public: public Wi-Fi is shaped" max-limit=20M/20M name=public-wifi queue=pcq-upload-default/pcq-download-default target=vlan-public
/ip service
set telnet disabled=yes
set ftp disabled=yes
set www disabled=yes
set www-ssl disabled=yes
set api disabled=yes
set api-ssl disabled=yes
set winbox disabled=yes
/ip cloud
set ddns-enabled=no update-time=no
/ip proxy
set enabled=no
/ip settings
set secure-redirects=no send-redirects=no tcp-syncookies=yes
/ip socks
set enabled=no
/ip upnp
set enabled=no
/tool bandwidth-server
set enabled=no
/tool romon
set enabled=no
/ip neighbor discovery-settings
set discover-interface-list=MANAGEMENT
/tool mac-server
set allowed-interface-list=none
/tool mac-server mac-winbox
set allowed-interface-list=none
/tool mac-server ping
set enabled=no
/system clock
set time-zone-autodetect=no time-zone-name=Asia/Jakarta
/system ntp client
set enabled=yes
/system ntp client servers
add address=10.16.1.123 comment="time: Dinkominfo, 10.16.1.123"
add address=10.16.2.123 comment="time: Dinkominfo, 10.16.2.123"
/system logging action
add name=dinkominfo remote=10.16.1.14 src-address=10.62.0.2 target=remote
/system logging
add action=dinkominfo topics=critical
add action=dinkominfo topics=error
add action=dinkominfo topics=warning
add action=dinkominfo topics=info
/snmp community
set [ find default=yes ] disabled=yes
add addresses=10.16.3.0/24 authentication-password=<secret:0000000000000002> authentication-protocol=SHA1 encryption-password=<secret:0000000000000003> encryption-protocol=AES name=<secret:0000000000000004> read-access=yes security=private write-access=no
/snmp
set contact=Dinkominfo enabled=yes location="Kelurahan Kayu Ara"
