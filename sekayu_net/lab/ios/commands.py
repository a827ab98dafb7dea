"""The configuration commands of the global mode, in the order that a running configuration shows.

Each line is a pattern (``grammar``), with before it ``+`` (on unless denied, and only the denial is
shown), ``~`` (shown either way), ``-`` (taken and not kept) or ``=`` (a denial must name the value
that is there), and after it ``>mode`` for a line that opens a section and ``=text`` for a value
that is the default and so not shown. A line ``!`` is a separator that is always printed. The
order is that of published configurations of IOS 15.2 to 17.3; where they say nothing, a guess.
Modes below are ``submodes``; what the lines do, ``tree``.
"""

from __future__ import annotations

GLOBAL = """
- version LINE
- boot-start-marker
- boot-end-marker
- redundancy
+ service pad
service timestamps debug : {datetime|uptime} [msec] [localtime] [show-timezone] [year]
service timestamps log : {datetime|uptime} [msec] [localtime] [show-timezone] [year]
service tcp-keepalives-in
service tcp-keepalives-out
~ service password-encryption
service sequence-numbers
service call-home
service compress-config
service linenumber
+ service config
+ service dhcp
+ service prompt config
platform : LINE
!
hostname : WORD
!
boot-start-marker
boot system LINE
boot-end-marker
!
vrf definition WORD >vrf
ip vrf WORD >vrf
security passwords min-length : <0-16>
security authentication failure rate : LINE
logging discriminator WORD : LINE
logging buffered : LINE
+ logging console
logging console : LINE
+ logging monitor
logging monitor : LINE
logging rate-limit : LINE
enable secret : [level <1-15>] [0|4|5|8|9] WORD
enable password : [level <1-15>] [0|7] WORD
!
~ aaa new-model
!
aaa group server {radius|tacacs+} WORD >server-group
!
aaa authentication login WORD : LINE
aaa authentication enable default : LINE
aaa authentication {attempts|banner|fail-message|password-prompt|username-prompt|ppp|dot1x} LINE
aaa authorization console
aaa authorization config-commands
aaa authorization {exec|network|reverse-access|configuration} WORD : LINE
aaa authorization commands <0-15> WORD : LINE
aaa accounting update : LINE
aaa accounting {exec|network|connection|system} WORD [LINE] >loose
aaa accounting commands <0-15> WORD [LINE] >loose
aaa accounting LINE
aaa attribute LINE >loose
aaa local authentication attempts max-fail : <1-65535>
!
aaa session-id : common
memory-size iomem : LINE
clock timezone : WORD <0-23> [<0-59>]
clock timezone : WORD LINE
clock summer-time : LINE
mmi LINE
+ mmi auto-configure
+ mmi pvc
!
+ ip source-route
+ ip gratuitous-arps
ip icmp rate-limit unreachable : LINE
+ ip icmp rate-limit unreachable
ip options : {drop|ignore}
!
+ ip bootp server
ip dhcp bootp ignore
ip dhcp excluded-address LINE
ip dhcp relay LINE
ip dhcp pool WORD >dhcp
ip dhcp LINE
ip name-server LINE
ip domain-list WORD
ip domain list WORD
+ ip domain lookup
+ ip domain-lookup
ip domain lookup source-interface : <if>
ip domain timeout : <1-3600>
ip domain retry : <0-100>
ip domain-name : WORD
ip domain name : WORD
ip host WORD : LINE
ip multicast-routing : [distributed]
ip inspect LINE
~ ip cef
ip cef LINE
login block-for : <1-65535> attempts <1-65535> within <1-65535>
login delay : <1-10>
login quiet-mode access-class : WORD
login on-failure : [log|trap] [every <1-65535>]
login on-success : [log|trap] [every <1-65535>]
ipv6 unicast-routing
~ ipv6 cef
!
parameter-map type LINE >loose
flow exporter WORD >loose
flow record WORD >loose
flow monitor WORD >loose
multilink bundle-name : {authenticated|both|endpoint|username}
multilink virtual-template : LINE
+ boot startup-test
!
key chain WORD >keychain
subscriber LINE
crypto pki trustpoint WORD >trustpoint
crypto pki certificate chain WORD >certificates
license LINE
+ license LINE
diagnostic LINE
memory LINE
spanning-tree LINE
+ spanning-tree LINE
vtp LINE
archive >archive
object-group network WORD >loose
object-group service WORD >loose
file prompt : {alert|noisy|quiet}
username WORD : [privilege <0-15>] secret [0|5|8|9] LINE
username WORD : [privilege <0-15>] password [0|7] LINE
username WORD : privilege <0-15>
username WORD : nopassword
username WORD : LINE
username WORD :
!
redundancy >loose
controller LINE >loose
!
vlan internal LINE
vlan <1-4094> >vlan
+ cdp run
+ cdp log mismatch duplex
lldp run
lldp timer : <5-65534>
lldp holdtime : <0-65535>
track timer LINE
track <1-1000> interface <if> {line-protocol|ip routing} >track
track <1-1000> ip sla <1-2147483647> [reachability|state] >track
track <1-1000> ip route <ip> <mask> {reachability|metric threshold} >track
track <1-1000> list LINE >track
track <1-1000> stub-object >track
+ ip ftp passive
ip ftp LINE
ip tftp source-interface : <if>
ip tcp LINE
ip ssh time-out : <1-120> =120
ip ssh authentication-retries : <0-5> =3
ip ssh source-interface : <if>
ip ssh logging events
ip ssh maxstartups : <2-128>
ip ssh version : <1-2>
ip ssh pubkey-chain >pubkey-chain
ip ssh dh min size : <1024-4096>
ip ssh {server|client} algorithm {encryption|mac|kex|hostkey|publickey|authentication} : LINE
ip ssh rsa keypair-name : WORD
ip ssh port : LINE
ip scp server enable
!
class-map LINE >class-map
policy-map LINE >policy-map
!
crypto LINE >loose
!
pseudowire-class WORD >loose
interface <if> >interface
!
router ospf <1-65535> [vrf WORD] >ospf
router ospfv3 LINE >loose
router eigrp LINE >loose
router rip >loose
router bgp <1-4294967295> >bgp
!
ip default-gateway : <ip>
ip default-network <ip>
~ ip forward-protocol nd
ip forward-protocol LINE
+ ip classless
ip local LINE
ip bgp-community LINE
ip community-list LINE
!
~ ip http server
~ ip http secure-server
ip http access-class : LINE
ip http authentication : LINE
ip http LINE
ip flow-export LINE
ip flow-top-talkers >loose
ip nat pool WORD : LINE
ip nat inside source {list|static|route-map} LINE
ip nat LINE
ip as-path LINE
ip pim LINE
ip radius source-interface : <if>
ip tacacs source-interface : <if>
ip route vrf WORD <ip> <mask> ; LINE
ip route static LINE
ip route <ip> <mask> ; LINE
!
ip access-list logging LINE
- ip access-list resequence WORD <1-2147483647> <1-2147483647>
ip access-list standard WORD >acl-standard
ip access-list extended WORD >acl-extended
ip sla enable reaction-alerts
ip sla responder
ip sla <1-2147483647> >sla
ip sla schedule <1-2147483647> : LINE
ip sla LINE
logging history : LINE
logging trap : LINE =informational
logging facility : LINE =local7
logging origin-id : LINE
logging source-interface : <if> [vrf WORD]
logging host {<ip>|WORD} : [LINE]
logging <ip> : [LINE]
logging LINE
ip prefix-list WORD description : LINE
ip prefix-list WORD seq <1-4294967294> : {permit|deny} <prefix> [ge <1-32>] [le <1-32>]
ip prefix-list WORD ; {permit|deny} <prefix> [ge <1-32>] [le <1-32>]
ipv6 access-list WORD >loose
ipv6 prefix-list LINE
ipv6 route LINE
ipv6 router LINE >loose
ipv6 local LINE
ipv6 ioam LINE
kron occurrence LINE >loose
kron policy-list WORD >loose
access-list <1-2699> ; {permit|deny|remark} LINE
nls LINE
dialer-list LINE
!
route-map WORD {permit|deny} [<0-65535>] >route-map
snmp-server engineID local : WORD
snmp-server group WORD {v1|v2c|v3} : [LINE]
snmp-server view WORD : WORD {included|excluded}
snmp-server user WORD WORD ; v3 : [LINE]
snmp-server community WORD : [LINE]
snmp-server trap-source : <if>
snmp-server source-interface : LINE
snmp-server location : LINE
snmp-server contact : LINE
snmp-server chassis-id : LINE
snmp-server ifindex persist
snmp-server packetsize : <484-17892>
snmp-server enable traps [LINE]
snmp-server host <ip> : LINE
snmp-server LINE
snmp ifmib ifindex persist
tacacs-server LINE
radius-server LINE
tacacs server WORD >loose
radius server WORD >loose
!
access-group LINE
control-plane >control-plane
!
mgcp LINE
voice-port LINE >loose
dial-peer LINE >loose
gateway >loose
!
banner {exec|incoming|login|motd|slip-ppp|prompt-timeout} : LINE
!
privilege LINE
alias {exec|configure|interface} WORD : LINE
line con 0 >line
line aux 0 >line
line vty <0-1869> [<1-1869>] >line
line <0-1869> [<1-1869>] >line
line LINE >line
!
scheduler LINE
+ scheduler allocate
call-home >loose
ntp max-associations : LINE
ntp logging
ntp authentication-key <1-65535> : LINE
ntp authenticate
ntp trusted-key LINE
ntp source : <if>
ntp access-group {peer|query-only|serve|serve-only} : WORD
ntp master : [<1-15>]
ntp clock-period : LINE
ntp update-calendar
ntp peer {<ip>|WORD} : [LINE]
ntp server vrf WORD {<ip>|WORD} : [LINE]
ntp server {<ip>|WORD} : [LINE]
ntp LINE
event manager directory LINE
event manager environment WORD : LINE
event manager applet WORD >applet
netconf-yang
restconf
virtual-service WORD >loose
system LINE
switch LINE
transceiver LINE >loose
upgrade LINE
errdisable LINE
port-channel load-balance : LINE
macro LINE
sdm LINE
ip routing
wsma LINE >loose
isdn LINE
resource-pool LINE
voice LINE >loose
xconnect LINE
bridge LINE
standby LINE
fhrp version vrrp : {v2|v3}
default-value LINE
ss7 LINE
spe LINE
ip igmp LINE
ip rsvp LINE
ip mroute LINE
ip flow LINE
mls LINE
mpls LINE
l2vpn LINE >loose
bridge-domain LINE >loose
ethernet LINE
"""
