"""The configuration commands of the modes below the global one, as in ``commands``."""

from __future__ import annotations

_ADDRESS_FAMILY = """
bgp LINE
redistribute WORD : [LINE]
network <ip> : [mask <mask>] [LINE]
network WORD : [LINE]
aggregate-address LINE
neighbor WORD ; peer-group : [WORD]
neighbor WORD ; activate
neighbor WORD ; remote-as : WORD
neighbor WORD ; description : LINE
neighbor WORD ; update-source : <if>
neighbor WORD ; password : LINE
neighbor WORD ; WORD [LINE]
maximum-paths LINE
distance LINE
default-information originate
+ auto-summary
+ synchronization
exit-address-family
"""
_RULE = "{permit|deny}"

#: By mode: what the prompt says, and the commands.
SUBMODES: dict[str, tuple[str, str]] = {
    "interface": (
        "config-if",
        """
description : LINE
mac-address : WORD
bandwidth : LINE
switchport
+ switchport
switchport mode : {access|trunk|dynamic auto|dynamic desirable}
switchport access vlan : <1-4094>
switchport trunk native vlan : <1-4094>
switchport trunk allowed vlan : LINE
switchport trunk encapsulation : WORD
switchport LINE
+ switchport trunk encapsulation : WORD
switchport LINE
encapsulation dot1Q <1-4094> : [native]
encapsulation : LINE
vrf forwarding : WORD
ip vrf forwarding : WORD
= ip address : <ip> <mask>
ip address ; <ip> <mask> secondary
ip address : dhcp
ip unnumbered : <if>
ip access-group WORD in
ip access-group WORD out
ip helper-address [global] <ip>
ip verify unicast LINE
+ ip redirects
+ ip unreachables
+ ip proxy-arp
ip mask-reply
ip directed-broadcast
ip nat : {inside|outside}
ip virtual-reassembly [LINE]
ip pim LINE
ip igmp LINE
ip flow {ingress|egress}
+ ip route-cache
ip mtu : <68-65535>
ip tcp adjust-mss : <500-1460>
ip ospf message-digest-key <1-255> : md5 [0|7] WORD
ip ospf authentication : [message-digest|null|key-chain WORD]
ip ospf authentication-key : [0|7] WORD
ip ospf network : {broadcast|point-to-point|non-broadcast|point-to-multipoint}
ip ospf hello-interval : <1-65535>
ip ospf dead-interval : {<1-65535>|minimal hello-multiplier <3-20>}
ip ospf priority : <0-255> =1
ip ospf mtu-ignore
ip ospf bfd
ip ospf <1-65535> area : WORD
ip ospf cost : <1-65535>
ip ospf LINE
ip policy route-map : WORD
ip nbar LINE
mtu : <64-18000>
load-interval : <30-600> =300
shutdown
media-type : LINE
negotiation auto
+ negotiation auto
duplex : {auto|full|half}
speed : {auto|LINE}
clock rate : LINE
keepalive : [<0-32767>]
+ keepalive
tunnel source : LINE
tunnel destination : LINE
tunnel mode : LINE
tunnel LINE
ipv6 LINE
cdp enable
+ cdp enable
+ lldp transmit
+ lldp receive
+ mop enabled
+ mop sysid
ntp disable
arp timeout : <0-2147483>
storm-control LINE
vrrp <1-255> ; description : LINE
vrrp <1-255> ; ip : <ip>
vrrp <1-255> ; ip <ip> secondary
vrrp <1-255> ; timers advertise : LINE
vrrp <1-255> ; timers learn
+ vrrp <1-255> ; preempt
vrrp <1-255> ; preempt delay minimum : <0-3600>
vrrp <1-255> ; priority : <1-254> =100
vrrp <1-255> ; authentication : LINE
vrrp <1-255> ; track <1-1000> : [decrement <1-255>]
vrrp <1-255> ; shutdown
standby LINE
+ spanning-tree LINE
spanning-tree LINE
channel-group : LINE
bridge-group LINE
service-policy {input|output} : WORD
service instance LINE >loose
isdn LINE
ppp LINE
dialer LINE
dialer-group : LINE
peer LINE
mpls LINE
+ fair-queue
snmp LINE
logging event LINE
crypto map : WORD
bfd LINE
async LINE
voice LINE
service LINE
xconnect LINE
group-range LINE
power LINE
carrier-delay : LINE
hold-queue LINE
pppoe LINE
pppoe-client LINE
zone-member security : WORD
""",
    ),
    "vrf": (
        "config-vrf",
        (
            "rd : WORD\nroute-target {import|export|both} WORD\ndescription : LINE\n"
            "address-family {ipv4|ipv6} [LINE] >vrf-af\n"
        ),
    ),
    "vrf-af": (
        "config-vrf-af",
        "route-target LINE\nimport LINE\nexport LINE\nexit-address-family\n",
    ),
    "server-group": (
        "config-sg",
        "server name WORD\nserver LINE\nserver-private WORD : LINE\nip LINE\ndeadtime : LINE\n",
    ),
    "dhcp": (
        "dhcp-config",
        (
            "import all\nnetwork : <ip> LINE\n"
            "default-router : LINE\ndns-server : LINE\ndomain-name : WORD\nlease : LINE\n"
            "option LINE\nhost : LINE\nclient-identifier : LINE\nhardware-address : LINE\n"
        ),
    ),
    "keychain": ("config-keychain", "key <0-2147483647> >key\n"),
    "key": (
        "config-keychain-key",
        (
            "key-string : [0|7] WORD\nkey-string : LINE\ncryptographic-algorithm : LINE\n"
            "accept-lifetime : LINE\nsend-lifetime : LINE\n"
        ),
    ),
    "trustpoint": (
        "ca-trustpoint",
        (
            "enrollment : LINE\nserial-number : [none]\nsubject-name : LINE\n"
            "revocation-check : LINE\nrsakeypair : LINE\nfqdn : LINE\nhash : LINE\nusage : LINE\n"
        ),
    ),
    "certificates": ("config-cert-chain", "certificate LINE >certificate\n"),
    "certificate": ("config-pubkey", "LINE\nquit\n"),
    "archive": (
        "config-archive",
        (
            "log config >archive-log\npath : WORD\nmaximum : <1-14> =10\nwrite-memory\n"
            "time-period : <1-525600>\nrollback LINE\n"
        ),
    ),
    "archive-log": (
        "config-archive-log-cfg",
        (
            "logging enable\nlogging size : <1-1000>\n"
            "notify syslog : [contenttype {plaintext|xml}]\n"
            "hidekeys\nrecord rc\n"
        ),
    ),
    "vlan": ("config-vlan", "name : WORD\nstate : {active|suspend}\n"),
    "track": ("config-track", "delay : LINE\nobject LINE\ndefault-state : {up|down}\nip LINE\n"),
    "pubkey-chain": ("conf-ssh-pubkey", "username WORD >pubkey-user\n"),
    "pubkey-user": (
        "conf-ssh-pubkey-user",
        (
            "- key-string [LINE]\nkey-hash {ssh-rsa|ecdsa-sha2-nistp256|ecdsa-sha2-nistp384|"
            "ecdsa-sha2-nistp521|ssh-ed25519} <hex> [LINE]\n"
        ),
    ),
    "class-map": ("config-cmap", "description : LINE\nmatch LINE\n"),
    "policy-map": ("config-pmap", "description : LINE\nclass LINE >policy-class\n"),
    "policy-class": (
        "config-pmap-c",
        (
            "bandwidth : LINE\npriority : LINE\npolice : LINE\nshape : LINE\nset LINE\n"
            "fair-queue\nservice-policy : WORD\nqueue-limit : LINE\ndrop\n"
        ),
    ),
    "ospf": (
        "config-router",
        """
router-id : <ip>
auto-cost reference-bandwidth : <1-4294967> =100
capability LINE
ispf
+ log-adjacency-changes
log-adjacency-changes detail
max-metric LINE
area WORD ; authentication : [message-digest]
area WORD ; stub : [no-summary]
area WORD ; nssa : [LINE]
area WORD ; default-cost : <0-16777215>
area WORD ; range <ip> <mask> : [LINE]
area WORD ; LINE
summary-address <ip> <mask> : [LINE]
timers LINE
redistribute {connected|static|rip} : [LINE]
redistribute {bgp|ospf|eigrp} <1-4294967295> : [LINE]
passive-interface default
passive-interface <if>
network <ip> <ip> area WORD
neighbor <ip> : [LINE]
maximum-paths : <1-32>
distance LINE
default-information originate : [LINE]
default-metric : <1-16777214>
distribute-list LINE
prefix-suppression
bfd all-interfaces
compatible LINE
shutdown
""",
    ),
    "bgp": (
        "config-router",
        "address-family LINE >bgp-af\ntemplate LINE >loose\n" + _ADDRESS_FAMILY,
    ),
    "bgp-af": ("config-router-af", _ADDRESS_FAMILY),
    "acl-standard": (
        "config-std-nacl",
        (
            f"[<1-2147483647>] {_RULE} {{any|host <ip>|<ip> [<ip>]}} [log]\n"
            "[<1-2147483647>] remark LINE\n<1-2147483647>\n"
        ),
    ),
    "acl-extended": (
        "config-ext-nacl",
        (
            f"[<1-2147483647>] {_RULE} "
            "{ip|tcp|udp|icmp|ospf|esp|ahp|gre|igmp|eigrp|pim|ipinip|<0-255>|object-group WORD} "
            "{any|host <ip>|<ip> <ip>|object-group WORD} "
            "{eq LINE|lt LINE|gt LINE|neq LINE|range LINE|any [LINE]|host <ip> [LINE]|"
            "<ip> <ip> [LINE]|object-group LINE}\n"
            "[<1-2147483647>] remark LINE\n[<1-2147483647>] evaluate LINE\n<1-2147483647>\n"
        ),
    ),
    "sla": (
        "config-ip-sla",
        "icmp-echo : LINE >sla-echo\nudp-jitter : LINE >sla-echo\ntcp-connect : LINE >sla-echo\n",
    ),
    "sla-echo": (
        "config-ip-sla-echo",
        (
            "request-data-size : LINE\nthreshold : LINE\ntimeout : LINE\n"
            "frequency : <1-604800> =60\n"
            "tag : LINE\ntos : LINE\nvrf : WORD\nowner : LINE\n"
        ),
    ),
    "route-map": (
        "config-route-map",
        "description : LINE\nmatch LINE\ncontinue : [LINE]\nset LINE\n",
    ),
    "control-plane": ("config-cp", "service-policy {input|output} : WORD\nhost\n"),
    "line": (
        "config-line",
        """
session-timeout : LINE
access-class WORD in [vrf-also]
access-class WORD out
access-class WORD LINE
exec-timeout : <0-35791> [<0-2147483>] =10 0
timeout login response : LINE
privilege level : <0-15> =1
password : [0|7] WORD
logging synchronous : [LINE]
login : [local]
login authentication : WORD
authorization LINE
accounting LINE
no-exec
+ exec
history size : <0-256>
length : <0-512> =24
width : <0-512> =80
rotary : LINE
transport preferred : {none|ssh|telnet|LINE}
transport input : {none|all|ssh [telnet]|telnet [ssh]|LINE}
transport output : {none|all|ssh [telnet]|telnet [ssh]|LINE}
ipv6 LINE
stopbits : LINE
speed : LINE
modem LINE
flowcontrol LINE
autoselect LINE
escape-character : LINE
monitor
notify
script LINE
databits : LINE
parity : LINE
""",
    ),
    "applet": (
        "config-applet",
        "description : LINE\nevent : LINE\ntrigger LINE\naction WORD : LINE\n",
    ),
    "loose": ("config-sub", "LINE\n"),
}
