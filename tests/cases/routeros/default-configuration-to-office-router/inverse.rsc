:do { :if ([:len [/interface list find name="WAN"]] = 0) do={ /interface list add comment=defconf name=WAN } } on-error={}
:do { :if ([:len [/interface list find name="LAN"]] = 0) do={ /interface list add comment=defconf name=LAN } } on-error={}
:do { :if ([:len [/interface list member find list="LAN" interface="bridge" dynamic=no]] = 0) do={ /interface list member add comment=defconf interface=bridge list=LAN } } on-error={}
:do { :if ([:len [/interface list member find list="WAN" interface="ether1" dynamic=no]] = 0) do={ /interface list member add comment=defconf interface=ether1 list=WAN } } on-error={}
:do { :if ([:len [/ip pool find name="default-dhcp"]] = 0) do={ /ip pool add name=default-dhcp ranges=192.168.88.10-192.168.88.254 } } on-error={}
:do { :if ([:len [/ip address find address="192.168.88.1/24" interface="bridge" dynamic=no]] = 0) do={ /ip address add address=192.168.88.1/24 comment=defconf interface=bridge network=192.168.88.0 } } on-error={}
:do { :if ([:len [/ip dhcp-client find interface="ether1" dynamic=no]] = 0) do={ /ip dhcp-client add comment=defconf interface=ether1 } } on-error={}
:do { :if ([:len [/ip dns static find name="router.lan" address="192.168.88.1"]] = 0) do={ /ip dns static add address=192.168.88.1 comment=defconf name=router.lan type=A } } on-error={}
:do { :if ([:len [/ipv6 firewall address-list find address="::/128" list="bad_ipv6" dynamic=no]] = 0) do={ /ipv6 firewall address-list add address=::/128 comment="defconf: unspecified address" list=bad_ipv6 } } on-error={}
:do { :if ([:len [/ipv6 firewall address-list find address="::1/128" list="bad_ipv6" dynamic=no]] = 0) do={ /ipv6 firewall address-list add address=::1/128 comment="defconf: lo" list=bad_ipv6 } } on-error={}
:do { :if ([:len [/ipv6 firewall address-list find address="fec0::/10" list="bad_ipv6" dynamic=no]] = 0) do={ /ipv6 firewall address-list add address=fec0::/10 comment="defconf: site-local" list=bad_ipv6 } } on-error={}
:do { :if ([:len [/ipv6 firewall address-list find address="::ffff:0.0.0.0/96" list="bad_ipv6" dynamic=no]] = 0) do={ /ipv6 firewall address-list add address=::ffff:0.0.0.0/96 comment="defconf: ipv4-mapped" list=bad_ipv6 } } on-error={}
:do { :if ([:len [/ipv6 firewall address-list find address="::/96" list="bad_ipv6" dynamic=no]] = 0) do={ /ipv6 firewall address-list add address=::/96 comment="defconf: ipv4 compat" list=bad_ipv6 } } on-error={}
:do { :if ([:len [/ipv6 firewall address-list find address="100::/64" list="bad_ipv6" dynamic=no]] = 0) do={ /ipv6 firewall address-list add address=100::/64 comment="defconf: discard only " list=bad_ipv6 } } on-error={}
:do { :if ([:len [/ipv6 firewall address-list find address="2001:db8::/32" list="bad_ipv6" dynamic=no]] = 0) do={ /ipv6 firewall address-list add address=2001:db8::/32 comment="defconf: documentation" list=bad_ipv6 } } on-error={}
:do { :if ([:len [/ipv6 firewall address-list find address="2001:10::/28" list="bad_ipv6" dynamic=no]] = 0) do={ /ipv6 firewall address-list add address=2001:10::/28 comment="defconf: ORCHID" list=bad_ipv6 } } on-error={}
:do { :if ([:len [/ipv6 firewall address-list find address="3ffe::/16" list="bad_ipv6" dynamic=no]] = 0) do={ /ipv6 firewall address-list add address=3ffe::/16 comment="defconf: 6bone" list=bad_ipv6 } } on-error={}
:do { :if ([:len [/ip dhcp-server find name="defconf"]] = 0) do={ /ip dhcp-server add address-pool=default-dhcp interface=bridge name=defconf } } on-error={}
:do { :if ([:len [/ip dhcp-server network find address="192.168.88.0/24" dynamic=no]] = 0) do={ /ip dhcp-server network add address=192.168.88.0/24 comment=defconf dns-server=192.168.88.1 gateway=192.168.88.1 } } on-error={}
:do { :if ([:len [/ip firewall filter find chain="input" comment="defconf: accept established,related,untracked" action="accept" dynamic=no]] = 0) do={ /ip firewall filter add action=accept chain=input comment="defconf: accept established,related,untracked" connection-state=established,related,untracked place-before=[find chain="input" comment="base: what belongs to nothing, to this device" action="drop" dynamic=no] } } on-error={}
:do { :if ([:len [/ip firewall filter find chain="input" comment="defconf: drop all not coming from LAN" action="drop" dynamic=no]] = 0) do={ /ip firewall filter add action=drop chain=input comment="defconf: drop all not coming from LAN" in-interface-list=!LAN place-before=[find chain="forward" comment="base: what belongs to nothing, through this device" action="drop" dynamic=no] } } on-error={}
:do { :if ([:len [/ip firewall filter find chain="forward" comment="defconf: accept in ipsec policy" action="accept" dynamic=no]] = 0) do={ /ip firewall filter add action=accept chain=forward comment="defconf: accept in ipsec policy" ipsec-policy=in,ipsec place-before=[find chain="forward" comment="base: what belongs to nothing, through this device" action="drop" dynamic=no] } } on-error={}
:do { :if ([:len [/ip firewall filter find chain="forward" comment="defconf: accept out ipsec policy" action="accept" dynamic=no]] = 0) do={ /ip firewall filter add action=accept chain=forward comment="defconf: accept out ipsec policy" ipsec-policy=out,ipsec place-before=[find chain="forward" comment="base: what belongs to nothing, through this device" action="drop" dynamic=no] } } on-error={}
:do { :if ([:len [/ip firewall filter find chain="forward" comment="defconf: fasttrack" action="fasttrack-connection" dynamic=no]] = 0) do={ /ip firewall filter add action=fasttrack-connection chain=forward comment="defconf: fasttrack" connection-state=established,related place-before=[find chain="forward" comment="base: what belongs to nothing, through this device" action="drop" dynamic=no] } } on-error={}
:do { :if ([:len [/ip firewall filter find chain="forward" comment="defconf: accept established,related, untracked" action="accept" dynamic=no]] = 0) do={ /ip firewall filter add action=accept chain=forward comment="defconf: accept established,related, untracked" connection-state=established,related,untracked place-before=[find chain="forward" comment="base: what belongs to nothing, through this device" action="drop" dynamic=no] } } on-error={}
:do { :if ([:len [/ip firewall filter find chain="forward" comment="defconf: drop all from WAN not DSTNATed" action="drop" dynamic=no]] = 0) do={ /ip firewall filter add action=drop chain=forward comment="defconf: drop all from WAN not DSTNATed" connection-nat-state=!dstnat connection-state=new in-interface-list=WAN } } on-error={}
:do { :if ([:len [/ip firewall nat find chain="srcnat" comment="defconf: masquerade" action="masquerade" dynamic=no]] = 0) do={ /ip firewall nat add action=masquerade chain=srcnat comment="defconf: masquerade" ipsec-policy=out,none out-interface-list=WAN } } on-error={}
:do { :if ([:len [/ipv6 firewall filter find chain="input" comment="defconf: accept established,related,untracked" action="accept" dynamic=no]] = 0) do={ /ipv6 firewall filter add action=accept chain=input comment="defconf: accept established,related,untracked" connection-state=established,related,untracked } } on-error={}
:do { :if ([:len [/ipv6 firewall filter find chain="input" comment="defconf: drop invalid" action="drop" dynamic=no]] = 0) do={ /ipv6 firewall filter add action=drop chain=input comment="defconf: drop invalid" connection-state=invalid } } on-error={}
:do { :if ([:len [/ipv6 firewall filter find chain="input" comment="defconf: accept ICMPv6" action="accept" dynamic=no]] = 0) do={ /ipv6 firewall filter add action=accept chain=input comment="defconf: accept ICMPv6" protocol=icmpv6 } } on-error={}
:do { :if ([:len [/ipv6 firewall filter find chain="input" comment="defconf: accept UDP traceroute" action="accept" dynamic=no]] = 0) do={ /ipv6 firewall filter add action=accept chain=input comment="defconf: accept UDP traceroute" dst-port=33434-33534 protocol=udp } } on-error={}
:do { :if ([:len [/ipv6 firewall filter find chain="input" comment="defconf: accept DHCPv6-Client prefix delegation." action="accept" dynamic=no]] = 0) do={ /ipv6 firewall filter add action=accept chain=input comment="defconf: accept DHCPv6-Client prefix delegation." dst-port=546 protocol=udp src-address=fe80::/10 } } on-error={}
:do { :if ([:len [/ipv6 firewall filter find chain="input" comment="defconf: accept IKE" action="accept" dynamic=no]] = 0) do={ /ipv6 firewall filter add action=accept chain=input comment="defconf: accept IKE" dst-port=500,4500 protocol=udp } } on-error={}
:do { :if ([:len [/ipv6 firewall filter find chain="input" comment="defconf: accept ipsec AH" action="accept" dynamic=no]] = 0) do={ /ipv6 firewall filter add action=accept chain=input comment="defconf: accept ipsec AH" protocol=ipsec-ah } } on-error={}
:do { :if ([:len [/ipv6 firewall filter find chain="input" comment="defconf: accept ipsec ESP" action="accept" dynamic=no]] = 0) do={ /ipv6 firewall filter add action=accept chain=input comment="defconf: accept ipsec ESP" protocol=ipsec-esp } } on-error={}
:do { :if ([:len [/ipv6 firewall filter find chain="input" comment="defconf: accept all that matches ipsec policy" action="accept" dynamic=no]] = 0) do={ /ipv6 firewall filter add action=accept chain=input comment="defconf: accept all that matches ipsec policy" ipsec-policy=in,ipsec } } on-error={}
:do { :if ([:len [/ipv6 firewall filter find chain="input" comment="defconf: drop everything else not coming from LAN" action="drop" dynamic=no]] = 0) do={ /ipv6 firewall filter add action=drop chain=input comment="defconf: drop everything else not coming from LAN" in-interface-list=!LAN } } on-error={}
:do { :if ([:len [/ipv6 firewall filter find chain="forward" comment="defconf: accept established,related,untracked" action="accept" dynamic=no]] = 0) do={ /ipv6 firewall filter add action=accept chain=forward comment="defconf: accept established,related,untracked" connection-state=established,related,untracked } } on-error={}
:do { :if ([:len [/ipv6 firewall filter find chain="forward" comment="defconf: drop invalid" action="drop" dynamic=no]] = 0) do={ /ipv6 firewall filter add action=drop chain=forward comment="defconf: drop invalid" connection-state=invalid } } on-error={}
:do { :if ([:len [/ipv6 firewall filter find chain="forward" comment="defconf: drop packets with bad src ipv6" action="drop" dynamic=no]] = 0) do={ /ipv6 firewall filter add action=drop chain=forward comment="defconf: drop packets with bad src ipv6" src-address-list=bad_ipv6 } } on-error={}
:do { :if ([:len [/ipv6 firewall filter find chain="forward" comment="defconf: drop packets with bad dst ipv6" action="drop" dynamic=no]] = 0) do={ /ipv6 firewall filter add action=drop chain=forward comment="defconf: drop packets with bad dst ipv6" dst-address-list=bad_ipv6 } } on-error={}
:do { :if ([:len [/ipv6 firewall filter find chain="forward" comment="defconf: rfc4890 drop hop-limit=1" action="drop" dynamic=no]] = 0) do={ /ipv6 firewall filter add action=drop chain=forward comment="defconf: rfc4890 drop hop-limit=1" hop-limit=equal:1 protocol=icmpv6 } } on-error={}
:do { :if ([:len [/ipv6 firewall filter find chain="forward" comment="defconf: accept ICMPv6" action="accept" dynamic=no]] = 0) do={ /ipv6 firewall filter add action=accept chain=forward comment="defconf: accept ICMPv6" protocol=icmpv6 } } on-error={}
:do { :if ([:len [/ipv6 firewall filter find chain="forward" comment="defconf: accept HIP" action="accept" dynamic=no]] = 0) do={ /ipv6 firewall filter add action=accept chain=forward comment="defconf: accept HIP" protocol=139 } } on-error={}
:do { :if ([:len [/ipv6 firewall filter find chain="forward" comment="defconf: accept IKE" action="accept" dynamic=no]] = 0) do={ /ipv6 firewall filter add action=accept chain=forward comment="defconf: accept IKE" dst-port=500,4500 protocol=udp } } on-error={}
:do { :if ([:len [/ipv6 firewall filter find chain="forward" comment="defconf: accept ipsec AH" action="accept" dynamic=no]] = 0) do={ /ipv6 firewall filter add action=accept chain=forward comment="defconf: accept ipsec AH" protocol=ipsec-ah } } on-error={}
:do { :if ([:len [/ipv6 firewall filter find chain="forward" comment="defconf: accept ipsec ESP" action="accept" dynamic=no]] = 0) do={ /ipv6 firewall filter add action=accept chain=forward comment="defconf: accept ipsec ESP" protocol=ipsec-esp } } on-error={}
:do { :if ([:len [/ipv6 firewall filter find chain="forward" comment="defconf: accept all that matches ipsec policy" action="accept" dynamic=no]] = 0) do={ /ipv6 firewall filter add action=accept chain=forward comment="defconf: accept all that matches ipsec policy" ipsec-policy=in,ipsec } } on-error={}
:do { :if ([:len [/ipv6 firewall filter find chain="forward" comment="defconf: drop everything else not coming from LAN" action="drop" dynamic=no]] = 0) do={ /ipv6 firewall filter add action=drop chain=forward comment="defconf: drop everything else not coming from LAN" in-interface-list=!LAN } } on-error={}
:do { /ip service set winbox disabled=no } on-error={}
:do { /ip neighbor discovery-settings set discover-interface-list=LAN } on-error={}
:do { /tool mac-server ping set enabled=yes } on-error={}
:do { /tool bandwidth-server set enabled=yes } on-error={}
:do { /tool mac-server mac-winbox set allowed-interface-list=LAN } on-error={}
:do { /tool mac-server set allowed-interface-list=LAN } on-error={}
:do { /system logging remove [find topics="info" action="dinkominfo"] } on-error={}
:do { /system logging remove [find topics="warning" action="dinkominfo"] } on-error={}
:do { /system logging remove [find topics="error" action="dinkominfo"] } on-error={}
:do { /system logging remove [find topics="critical" action="dinkominfo"] } on-error={}
:do { /system ntp client servers remove [find address="10.16.2.123" dynamic=no] } on-error={}
:do { /system ntp client servers remove [find address="10.16.1.123" dynamic=no] } on-error={}
:do { /system ntp client set enabled=no } on-error={}
:do { /system clock set time-zone-autodetect=yes time-zone-name=manual } on-error={}
:do { /snmp set contact="" enabled=no location="" } on-error={}
:do { /queue simple remove [find name="public-wifi"] } on-error={}
:do { /ipv6 firewall filter remove [find chain="forward" comment="base: no IPv6 through this device" action="drop" dynamic=no] } on-error={}
:do { /ipv6 firewall filter remove [find chain="input" comment="base: no IPv6 to this device" action="drop" dynamic=no] } on-error={}
:do { /ip firewall filter remove [find chain="forward" comment="base: all else through this device" action="drop" dynamic=no] } on-error={}
:do { /ip firewall filter remove [find chain="forward" comment="iot: cameras and sensors to their servers in 10.16.40.0/24" action="accept" dynamic=no] } on-error={}
:do { /ip firewall filter remove [find chain="forward" comment="public: public Wi-Fi to the internet alone" action="accept" dynamic=no] } on-error={}
:do { /ip firewall filter remove [find chain="forward" comment="public: no private network for public Wi-Fi" action="drop" dynamic=no] } on-error={}
:do { /ip firewall filter remove [find chain="forward" comment="staff: office staff to the office's service counters" action="accept" dynamic=no] } on-error={}
:do { /ip firewall filter remove [find chain="forward" comment="service: public service counters to intranet and internet" action="accept" dynamic=no] } on-error={}
:do { /ip firewall filter remove [find chain="forward" comment="staff: office staff to intranet and internet" action="accept" dynamic=no] } on-error={}
:do { /ip firewall filter remove [find chain="forward" comment="management: devices of the office ask Dinkominfo" action="accept" dynamic=no] } on-error={}
:do { /ip firewall filter set [find chain="forward" comment="base: what belongs to nothing, through this device" action="drop" dynamic=no] comment="defconf: drop invalid" } on-error={}
:do { /ip firewall filter remove [find chain="input" comment="base: all else to this device" action="drop" dynamic=no] } on-error={}
:do { /ip firewall filter remove [find chain="input" comment="monitoring: SNMP from 10.16.3.0/24" action="accept" dynamic=no] } on-error={}
:do { /ip firewall filter remove [find chain="input" comment="dhcp: office VLANs get addresses" action="accept" dynamic=no] } on-error={}
:do { /ip firewall filter remove [find chain="input" comment="dns: office VLANs may ask (TCP)" action="accept" dynamic=no] } on-error={}
:do { /ip firewall filter remove [find chain="input" comment="dns: office VLANs may ask (UDP)" action="accept" dynamic=no] } on-error={}
:do { /ip firewall filter set [find chain="input" comment="monitoring: echo and errors" action="accept" dynamic=no] comment="defconf: accept ICMP" } on-error={}
:do { /ip firewall filter set [find chain="input" comment="base: this device to itself" action="accept" dynamic=no] comment="defconf: accept to local loopback (for CAPsMAN)" } on-error={}
:do { /ip firewall filter set [find chain="input" comment="base: what belongs to nothing, to this device" action="drop" dynamic=no] comment="defconf: drop invalid" } on-error={}
:do { /ip firewall filter move [find chain="input" comment="defconf: accept to local loopback (for CAPsMAN)" action="accept" dynamic=no] [find chain="input" comment="defconf: drop all not coming from LAN" action="drop" dynamic=no] } on-error={}
:do { /ip dhcp-server network remove [find address="10.64.7.128/26" dynamic=no] } on-error={}
:do { /ip dhcp-server network remove [find address="10.64.4.0/23" dynamic=no] } on-error={}
:do { /ip dhcp-server network remove [find address="10.64.7.0/25" dynamic=no] } on-error={}
:do { /ip dhcp-server network remove [find address="10.64.6.0/24" dynamic=no] } on-error={}
:do { /ip dhcp-server remove [find name="dhcp-iot"] } on-error={}
:do { /ip dhcp-server remove [find name="dhcp-public"] } on-error={}
:do { /ip dhcp-server remove [find name="dhcp-service"] } on-error={}
:do { /ip dhcp-server remove [find name="dhcp-staff"] } on-error={}
:do { /ipv6 settings set disable-ipv6=no } on-error={}
:do { /ip settings set secure-redirects=yes send-redirects=yes tcp-syncookies=no } on-error={}
:do { /ip cloud set update-time=yes } on-error={}
:do { /routing ospf interface-template remove [find comment="users: announced, no neighbours"] } on-error={}
:do { /ip firewall address-list remove [find address="10.62.0.1" list="device-servers" dynamic=no] } on-error={}
:do { /ip firewall address-list remove [find address="10.16.1.14" list="device-servers" dynamic=no] } on-error={}
:do { /ip firewall address-list remove [find address="10.16.2.123" list="device-servers" dynamic=no] } on-error={}
:do { /ip firewall address-list remove [find address="10.16.1.123" list="device-servers" dynamic=no] } on-error={}
:do { /ip firewall address-list remove [find address="10.16.2.53" list="device-servers" dynamic=no] } on-error={}
:do { /ip firewall address-list remove [find address="10.16.1.53" list="device-servers" dynamic=no] } on-error={}
:do { /ip firewall address-list remove [find address="192.168.0.0/16" list="closed-to-public" dynamic=no] } on-error={}
:do { /ip firewall address-list remove [find address="172.16.0.0/12" list="closed-to-public" dynamic=no] } on-error={}
:do { /ip firewall address-list remove [find address="169.254.0.0/16" list="closed-to-public" dynamic=no] } on-error={}
:do { /ip firewall address-list remove [find address="100.64.0.0/10" list="closed-to-public" dynamic=no] } on-error={}
:do { /ip firewall address-list remove [find address="10.0.0.0/8" list="closed-to-public" dynamic=no] } on-error={}
:do { /ip dns set servers="" } on-error={}
:do { /ip address remove [find address="10.64.7.129/26" interface="vlan-iot" dynamic=no] } on-error={}
:do { /ip address remove [find address="10.64.4.1/23" interface="vlan-public" dynamic=no] } on-error={}
:do { /ip address remove [find address="10.64.7.1/25" interface="vlan-service" dynamic=no] } on-error={}
:do { /ip address remove [find address="10.64.6.1/24" interface="vlan-staff" dynamic=no] } on-error={}
:do { /system logging action remove [find name="dinkominfo"] } on-error={}
:do { /snmp community remove [find name="<secret:0000000000000004>"] } on-error={}
:do { /snmp community set [ find default=yes ] disabled=no } on-error={}
:do { /ip pool remove [find name="pool-iot"] } on-error={}
:do { /ip pool remove [find name="pool-public"] } on-error={}
:do { /ip pool remove [find name="pool-service"] } on-error={}
:do { /ip pool remove [find name="pool-staff"] } on-error={}
:do { /interface list member remove [find list="USERS" interface="vlan-iot" dynamic=no] } on-error={}
:do { /interface list member remove [find list="USERS" interface="vlan-public" dynamic=no] } on-error={}
:do { /interface list member remove [find list="USERS" interface="vlan-service" dynamic=no] } on-error={}
:do { /interface list member remove [find list="USERS" interface="vlan-staff" dynamic=no] } on-error={}
:do { /interface list member remove [find list="MANAGEMENT" interface="vlan-management" dynamic=no] } on-error={}
:do { /interface bridge vlan remove [find bridge="bridge" vlan-ids="40" dynamic=no] } on-error={}
:do { /interface bridge vlan remove [find bridge="bridge" vlan-ids="30" dynamic=no] } on-error={}
:do { /interface bridge vlan remove [find bridge="bridge" vlan-ids="20" dynamic=no] } on-error={}
:do { /interface bridge vlan remove [find bridge="bridge" vlan-ids="10" dynamic=no] } on-error={}
:do { /interface bridge port set [find interface="ether7" dynamic=no] comment=defconf frame-types=admit-all pvid=1 } on-error={}
:do { /interface bridge port set [find interface="ether6" dynamic=no] comment=defconf frame-types=admit-all pvid=1 } on-error={}
:do { /interface bridge port set [find interface="ether5" dynamic=no] comment=defconf frame-types=admit-all pvid=1 } on-error={}
:do { /interface list remove [find name="USERS"] } on-error={}
:do { /interface list remove [find name="MANAGEMENT"] } on-error={}
:do { /interface vlan remove [find name="vlan-iot"] } on-error={}
:do { /interface vlan remove [find name="vlan-public"] } on-error={}
:do { /interface vlan remove [find name="vlan-service"] } on-error={}
:do { /interface vlan remove [find name="vlan-staff"] } on-error={}
:do { /interface ethernet set [ find default-name=ether7 ] comment="" } on-error={}
:do { /interface ethernet set [ find default-name=ether6 ] comment="" } on-error={}
:do { /interface ethernet set [ find default-name=ether5 ] comment="" } on-error={}
:do { /interface ethernet set [ find default-name=ether1 ] comment="" disabled=no } on-error={}
# sekayu: end of inverse
