/interface ethernet set [ find default-name=ether1 ] comment=unused disabled=yes
/interface ethernet set [ find default-name=ether5 ] comment=staff
/interface ethernet set [ find default-name=ether6 ] comment=service
/interface ethernet set [ find default-name=ether7 ] comment=iot
/interface vlan add comment="staff: office staff" interface=bridge name=vlan-staff vlan-id=10
/interface vlan add comment="service: public service counters" interface=bridge name=vlan-service vlan-id=20
/interface vlan add comment="public: public Wi-Fi" interface=bridge name=vlan-public vlan-id=30
/interface vlan add comment="iot: cameras and sensors" interface=bridge name=vlan-iot vlan-id=40
/interface list add comment="management: devices of the office" name=MANAGEMENT
/interface list add comment="users: everyone in the office" name=USERS
/interface bridge port set [find interface="ether5" dynamic=no] comment="staff: ether5" frame-types=admit-only-untagged-and-priority-tagged pvid=10
/interface bridge port set [find interface="ether6" dynamic=no] comment="service: ether6" frame-types=admit-only-untagged-and-priority-tagged pvid=20
/interface bridge port set [find interface="ether7" dynamic=no] comment="iot: ether7" frame-types=admit-only-untagged-and-priority-tagged pvid=40
/interface bridge vlan add bridge=bridge comment="staff: office staff" tagged=bridge,ether3,ether4 untagged=ether5 vlan-ids=10
/interface bridge vlan add bridge=bridge comment="service: public service counters" tagged=bridge untagged=ether6 vlan-ids=20
/interface bridge vlan add bridge=bridge comment="public: public Wi-Fi" tagged=bridge,ether3,ether4 vlan-ids=30
/interface bridge vlan add bridge=bridge comment="iot: cameras and sensors" tagged=bridge untagged=ether7 vlan-ids=40
/interface list member add interface=vlan-management list=MANAGEMENT
/interface list member add interface=vlan-staff list=USERS
/interface list member add interface=vlan-service list=USERS
/interface list member add interface=vlan-public list=USERS
/interface list member add interface=vlan-iot list=USERS
/ip pool add name=pool-staff ranges=10.64.6.20-10.64.6.254
/ip pool add name=pool-service ranges=10.64.7.18-10.64.7.126
/ip pool add name=pool-public ranges=10.64.4.20-10.64.5.254
/ip pool add name=pool-iot ranges=10.64.7.138-10.64.7.190
/snmp community set [ find default=yes ] disabled=yes
/snmp community add addresses=10.16.3.0/24 authentication-password=<secret:0000000000000002> authentication-protocol=SHA1 encryption-password=<secret:0000000000000003> encryption-protocol=AES name=<secret:0000000000000004> read-access=yes security=private write-access=no
/system logging action add name=dinkominfo remote=10.16.1.14 src-address=10.62.0.2 target=remote
/ip address add address=10.64.6.1/24 comment="staff: office staff" interface=vlan-staff
/ip address add address=10.64.7.1/25 comment="service: public service counters" interface=vlan-service
/ip address add address=10.64.4.1/23 comment="public: public Wi-Fi" interface=vlan-public
/ip address add address=10.64.7.129/26 comment="iot: cameras and sensors" interface=vlan-iot
/ip dns set servers=10.16.1.53,10.16.2.53
/ip firewall address-list add address=10.0.0.0/8 comment="public: closed to public Wi-Fi" list=closed-to-public
/ip firewall address-list add address=100.64.0.0/10 comment="public: closed to public Wi-Fi" list=closed-to-public
/ip firewall address-list add address=169.254.0.0/16 comment="public: closed to public Wi-Fi" list=closed-to-public
/ip firewall address-list add address=172.16.0.0/12 comment="public: closed to public Wi-Fi" list=closed-to-public
/ip firewall address-list add address=192.168.0.0/16 comment="public: closed to public Wi-Fi" list=closed-to-public
/ip firewall address-list add address=10.16.1.53 comment="management: what devices of the office ask" list=device-servers
/ip firewall address-list add address=10.16.2.53 comment="management: what devices of the office ask" list=device-servers
/ip firewall address-list add address=10.16.1.123 comment="management: what devices of the office ask" list=device-servers
/ip firewall address-list add address=10.16.2.123 comment="management: what devices of the office ask" list=device-servers
/ip firewall address-list add address=10.16.1.14 comment="management: what devices of the office ask" list=device-servers
/ip firewall address-list add address=10.62.0.1 comment="management: what devices of the office ask" list=device-servers
/routing ospf interface-template add area=backbone comment="users: announced, no neighbours" disabled=no interfaces=vlan-staff,vlan-service,vlan-public,vlan-iot passive
/ip cloud set update-time=no
/ip settings set secure-redirects=no send-redirects=no tcp-syncookies=yes
/ipv6 settings set disable-ipv6=yes
/ip dhcp-server add address-pool=pool-staff interface=vlan-staff lease-time=8h name=dhcp-staff
/ip dhcp-server add address-pool=pool-service interface=vlan-service lease-time=8h name=dhcp-service
/ip dhcp-server add address-pool=pool-public interface=vlan-public lease-time=1h name=dhcp-public
/ip dhcp-server add address-pool=pool-iot interface=vlan-iot lease-time=1d name=dhcp-iot
/ip dhcp-server network add address=10.64.6.0/24 comment="staff: office staff" dns-server=10.64.6.1 domain=sekayu.muba.example gateway=10.64.6.1
/ip dhcp-server network add address=10.64.7.0/25 comment="service: public service counters" dns-server=10.64.7.1 domain=sekayu.muba.example gateway=10.64.7.1
/ip dhcp-server network add address=10.64.4.0/23 comment="public: public Wi-Fi" dns-server=10.64.4.1 gateway=10.64.4.1
/ip dhcp-server network add address=10.64.7.128/26 comment="iot: cameras and sensors" dns-server=10.64.7.129 gateway=10.64.7.129
/ip firewall filter move [find chain="input" comment="defconf: accept to local loopback (for CAPsMAN)" action="accept" dynamic=no] [find chain="input" comment="defconf: accept ICMP" action="accept" dynamic=no]
/ip firewall filter set [find chain="input" comment="defconf: drop invalid" action="drop" dynamic=no] comment="base: what belongs to nothing, to this device"
/ip firewall filter set [find chain="input" comment="defconf: accept to local loopback (for CAPsMAN)" action="accept" dynamic=no] comment="base: this device to itself"
/ip firewall filter set [find chain="input" comment="defconf: accept ICMP" action="accept" dynamic=no] comment="monitoring: echo and errors"
/ip firewall filter add action=accept chain=input comment="dns: office VLANs may ask (UDP)" dst-port=53 in-interface-list=USERS protocol=udp place-before=[find chain="input" comment="defconf: drop all not coming from LAN" action="drop" dynamic=no]
/ip firewall filter add action=accept chain=input comment="dns: office VLANs may ask (TCP)" dst-port=53 in-interface-list=USERS protocol=tcp place-before=[find chain="input" comment="defconf: drop all not coming from LAN" action="drop" dynamic=no]
/ip firewall filter add action=accept chain=input comment="dhcp: office VLANs get addresses" dst-port=67 in-interface-list=USERS protocol=udp place-before=[find chain="input" comment="defconf: drop all not coming from LAN" action="drop" dynamic=no]
/ip firewall filter add action=accept chain=input comment="monitoring: SNMP from 10.16.3.0/24" dst-port=161 in-interface-list=LINKS protocol=udp src-address=10.16.3.0/24 place-before=[find chain="input" comment="defconf: drop all not coming from LAN" action="drop" dynamic=no]
/ip firewall filter add action=drop chain=input comment="base: all else to this device" place-before=[find chain="input" comment="defconf: drop all not coming from LAN" action="drop" dynamic=no]
/ip firewall filter set [find chain="forward" comment="defconf: drop invalid" action="drop" dynamic=no] comment="base: what belongs to nothing, through this device"
/ip firewall filter add action=accept chain=forward comment="management: devices of the office ask Dinkominfo" dst-address-list=device-servers in-interface=vlan-management out-interface-list=LINKS place-before=[find chain="forward" comment="defconf: drop all from WAN not DSTNATed" action="drop" dynamic=no]
/ip firewall filter add action=accept chain=forward comment="staff: office staff to intranet and internet" in-interface=vlan-staff out-interface-list=LINKS place-before=[find chain="forward" comment="defconf: drop all from WAN not DSTNATed" action="drop" dynamic=no]
/ip firewall filter add action=accept chain=forward comment="service: public service counters to intranet and internet" in-interface=vlan-service out-interface-list=LINKS place-before=[find chain="forward" comment="defconf: drop all from WAN not DSTNATed" action="drop" dynamic=no]
/ip firewall filter add action=accept chain=forward comment="staff: office staff to the office's service counters" in-interface=vlan-staff out-interface=vlan-service place-before=[find chain="forward" comment="defconf: drop all from WAN not DSTNATed" action="drop" dynamic=no]
/ip firewall filter add action=drop chain=forward comment="public: no private network for public Wi-Fi" dst-address-list=closed-to-public in-interface=vlan-public place-before=[find chain="forward" comment="defconf: drop all from WAN not DSTNATed" action="drop" dynamic=no]
/ip firewall filter add action=accept chain=forward comment="public: public Wi-Fi to the internet alone" in-interface=vlan-public out-interface-list=LINKS place-before=[find chain="forward" comment="defconf: drop all from WAN not DSTNATed" action="drop" dynamic=no]
/ip firewall filter add action=accept chain=forward comment="iot: cameras and sensors to their servers in 10.16.40.0/24" dst-address=10.16.40.0/24 in-interface=vlan-iot out-interface-list=LINKS place-before=[find chain="forward" comment="defconf: drop all from WAN not DSTNATed" action="drop" dynamic=no]
/ip firewall filter add action=drop chain=forward comment="base: all else through this device" place-before=[find chain="forward" comment="defconf: drop all from WAN not DSTNATed" action="drop" dynamic=no]
/ipv6 firewall filter add action=drop chain=input comment="base: no IPv6 to this device" place-before=[find chain="input" comment="defconf: accept established,related,untracked" action="accept" dynamic=no]
/ipv6 firewall filter add action=drop chain=forward comment="base: no IPv6 through this device" place-before=[find chain="input" comment="defconf: accept established,related,untracked" action="accept" dynamic=no]
/queue simple add comment="public: public Wi-Fi is shaped" max-limit=20M/20M name=public-wifi queue=pcq-upload-default/pcq-download-default target=vlan-public
/snmp set contact=Dinkominfo enabled=yes location="Kelurahan Kayu Ara"
/system clock set time-zone-autodetect=no time-zone-name=Asia/Jakarta
/system ntp client set enabled=yes
/system ntp client servers add address=10.16.1.123 comment="time: Dinkominfo, 10.16.1.123"
/system ntp client servers add address=10.16.2.123 comment="time: Dinkominfo, 10.16.2.123"
/system logging add action=dinkominfo topics=critical
/system logging add action=dinkominfo topics=error
/system logging add action=dinkominfo topics=warning
/system logging add action=dinkominfo topics=info
/tool mac-server set allowed-interface-list=none
/tool mac-server mac-winbox set allowed-interface-list=none
/tool bandwidth-server set enabled=no
/tool mac-server ping set enabled=no
/ip neighbor discovery-settings set discover-interface-list=MANAGEMENT
/ip service set winbox disabled=yes
/ipv6 firewall filter remove [find chain="forward" comment="defconf: drop everything else not coming from LAN" action="drop" dynamic=no]
/ipv6 firewall filter remove [find chain="forward" comment="defconf: accept all that matches ipsec policy" action="accept" dynamic=no]
/ipv6 firewall filter remove [find chain="forward" comment="defconf: accept ipsec ESP" action="accept" dynamic=no]
/ipv6 firewall filter remove [find chain="forward" comment="defconf: accept ipsec AH" action="accept" dynamic=no]
/ipv6 firewall filter remove [find chain="forward" comment="defconf: accept IKE" action="accept" dynamic=no]
/ipv6 firewall filter remove [find chain="forward" comment="defconf: accept HIP" action="accept" dynamic=no]
/ipv6 firewall filter remove [find chain="forward" comment="defconf: accept ICMPv6" action="accept" dynamic=no]
/ipv6 firewall filter remove [find chain="forward" comment="defconf: rfc4890 drop hop-limit=1" action="drop" dynamic=no]
/ipv6 firewall filter remove [find chain="forward" comment="defconf: drop packets with bad dst ipv6" action="drop" dynamic=no]
/ipv6 firewall filter remove [find chain="forward" comment="defconf: drop packets with bad src ipv6" action="drop" dynamic=no]
/ipv6 firewall filter remove [find chain="forward" comment="defconf: drop invalid" action="drop" dynamic=no]
/ipv6 firewall filter remove [find chain="forward" comment="defconf: accept established,related,untracked" action="accept" dynamic=no]
/ipv6 firewall filter remove [find chain="input" comment="defconf: drop everything else not coming from LAN" action="drop" dynamic=no]
/ipv6 firewall filter remove [find chain="input" comment="defconf: accept all that matches ipsec policy" action="accept" dynamic=no]
/ipv6 firewall filter remove [find chain="input" comment="defconf: accept ipsec ESP" action="accept" dynamic=no]
/ipv6 firewall filter remove [find chain="input" comment="defconf: accept ipsec AH" action="accept" dynamic=no]
/ipv6 firewall filter remove [find chain="input" comment="defconf: accept IKE" action="accept" dynamic=no]
/ipv6 firewall filter remove [find chain="input" comment="defconf: accept DHCPv6-Client prefix delegation." action="accept" dynamic=no]
/ipv6 firewall filter remove [find chain="input" comment="defconf: accept UDP traceroute" action="accept" dynamic=no]
/ipv6 firewall filter remove [find chain="input" comment="defconf: accept ICMPv6" action="accept" dynamic=no]
/ipv6 firewall filter remove [find chain="input" comment="defconf: drop invalid" action="drop" dynamic=no]
/ipv6 firewall filter remove [find chain="input" comment="defconf: accept established,related,untracked" action="accept" dynamic=no]
/ip firewall nat remove [find chain="srcnat" comment="defconf: masquerade" action="masquerade" dynamic=no]
/ip firewall filter remove [find chain="forward" comment="defconf: drop all from WAN not DSTNATed" action="drop" dynamic=no]
/ip firewall filter remove [find chain="forward" comment="defconf: accept established,related, untracked" action="accept" dynamic=no]
/ip firewall filter remove [find chain="forward" comment="defconf: fasttrack" action="fasttrack-connection" dynamic=no]
/ip firewall filter remove [find chain="forward" comment="defconf: accept out ipsec policy" action="accept" dynamic=no]
/ip firewall filter remove [find chain="forward" comment="defconf: accept in ipsec policy" action="accept" dynamic=no]
/ip firewall filter remove [find chain="input" comment="defconf: drop all not coming from LAN" action="drop" dynamic=no]
/ip firewall filter remove [find chain="input" comment="defconf: accept established,related,untracked" action="accept" dynamic=no]
/ip dhcp-server network remove [find address="192.168.88.0/24" dynamic=no]
/ip dhcp-server remove [find name="defconf"]
/ipv6 firewall address-list remove [find address="3ffe::/16" list="bad_ipv6" dynamic=no]
/ipv6 firewall address-list remove [find address="2001:10::/28" list="bad_ipv6" dynamic=no]
/ipv6 firewall address-list remove [find address="2001:db8::/32" list="bad_ipv6" dynamic=no]
/ipv6 firewall address-list remove [find address="100::/64" list="bad_ipv6" dynamic=no]
/ipv6 firewall address-list remove [find address="::/96" list="bad_ipv6" dynamic=no]
/ipv6 firewall address-list remove [find address="::ffff:0.0.0.0/96" list="bad_ipv6" dynamic=no]
/ipv6 firewall address-list remove [find address="fec0::/10" list="bad_ipv6" dynamic=no]
/ipv6 firewall address-list remove [find address="::1/128" list="bad_ipv6" dynamic=no]
/ipv6 firewall address-list remove [find address="::/128" list="bad_ipv6" dynamic=no]
/ip dns static remove [find name="router.lan" address="192.168.88.1"]
/ip dhcp-client remove [find interface="ether1" dynamic=no]
/ip address remove [find address="192.168.88.1/24" interface="bridge" dynamic=no]
/ip pool remove [find name="default-dhcp"]
/interface list member remove [find list="WAN" interface="ether1" dynamic=no]
/interface list member remove [find list="LAN" interface="bridge" dynamic=no]
/interface list remove [find name="LAN"]
/interface list remove [find name="WAN"]
