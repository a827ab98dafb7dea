"""The exec's commands: patterns, and the name of what does them (``handlers``).

The first table is for everyone, the second needs privilege 15. ``NAME: pattern``.
"""

from __future__ import annotations

import functools

from sekayu_net.lab.ios.grammar import Grammar, compile_pattern

_EVERYONE = """
enable: enable [<0-15>]
disable: disable [<0-15>]
leave: exit
leave: logout
leave: quit
nothing: where
terminal_length: terminal length <0-512>
terminal_width: terminal width <0-512>
nothing: terminal {monitor|no monitor|history|no history|exec prompt timestamp|editing}
nothing: terminal no {monitor|history}
ping_dialogue: ping
ping: ping [ip] WORD [LINE]
ping_vrf: ping vrf WORD WORD [LINE]
traceroute: traceroute [ip] WORD [LINE]
show_version: show version
show_clock: show clock [detail]
show_users: show users [all]
show_privilege: show privilege
show_inventory: show inventory [raw]
show_interfaces: show interfaces
show_interface_summary: show interfaces summary
show_interfaces: show interfaces <if>
show_interfaces_description: show interfaces description
show_interfaces_status: show interfaces status
show_ip_interface_brief: show ip interface brief [<if>]
show_ip_interface: show ip interface
show_ip_interface: show ip interface <if>
show_ipv6_interface: show ipv6 interface [brief]
show_ipv6_neighbors: show ipv6 neighbors
show_arp: show arp
show_arp: show ip arp
show_arp_vrf: show ip arp vrf WORD
show_arp_vrf: show arp vrf WORD
show_mac: show mac address-table [LINE]
show_mac: show mac-address-table [LINE]
show_vlan: show vlan [brief]
show_vlan: show vlan-switch
show_vlan: show vlan all-ports
show_ip_route: show ip route
show_ip_route_static: show ip route static
show_ip_route_connected: show ip route connected
show_ip_route_ospf: show ip route ospf
show_ip_route_one: show ip route <ip> [<mask>] [longer-prefixes]
show_ip_route_one: show ip route <prefix> [longer-prefixes]
show_route_vrf: show ip route vrf WORD [LINE]
show_ospf: show ip ospf
show_ospf_neighbor: show ip ospf neighbor
show_ospf_neighbor_detail: show ip ospf neighbor detail
show_ospf_interface_brief: show ip ospf interface brief
show_protocols: show ip protocols
show_bgp: show ip bgp [LINE]
show_bgp: show bgp LINE
show_hosts: show hosts [LINE]
show_ntp_status: show ntp status
show_ntp_associations: show ntp associations
show_cpu: show processes cpu [LINE]
show_memory: show memory statistics
show_memory: show memory
show_memory_processor: show processes memory [LINE]
show_environment: show environment [all|LINE]
show_env_temperature: show env temperature status
show_lldp: show lldp
show_lldp_neighbors: show lldp neighbors
show_lldp_neighbors: show lldp neighbors <if>
show_lldp_detail: show lldp neighbors detail
show_lldp_detail: show lldp neighbors <if> detail
show_lldp_entry: show lldp entry WORD
show_cdp_neighbors: show cdp neighbors
show_cdp_detail: show cdp neighbors detail
show_vrrp: show vrrp
show_vrrp: show vrrp all
show_vrrp_brief: show vrrp brief
show_track: show track [<1-1000>]
show_track_brief: show track brief
show_sla: show ip sla statistics [<1-2147483647>]
show_access_lists: show access-lists [WORD]
show_access_lists: show ip access-lists [WORD]
show_ip_ssh: show ip ssh
show_ssh: show ssh
show_vrf: show vrf [LINE]
show_vrf: show ip vrf [LINE]
show_logging: show logging
show_license: show license udi
show_snmp: show snmp
show_snmp_user: show snmp user
show_history: show history
show_aliases: show aliases
"""
_ENABLED = """
configure: configure terminal
configure_revert: configure terminal revert timer <1-120>
configure_revert_idle: configure terminal revert timer idle <1-120>
configure_lock: configure terminal lock
configure_confirm: configure confirm
configure_revert_now: configure revert now
configure_revert_timer: configure revert timer <1-120>
configure_replace: configure replace WORD LINE
configure_replace: configure replace WORD
archive_config: archive config
copy: copy [/noconfirm] WORD WORD
copy_ask: copy [/noconfirm] WORD
dir: dir
dir: dir /recursive
dir: dir /recursive WORD
dir: dir WORD
delete: delete [/force] [/recursive] [/force] WORD
more: more [/ascii] WORD
verify: verify /md5 WORD
verify: verify WORD
mkdir: mkdir WORD
rename: rename WORD WORD
write: write
write: write memory
show_running: write terminal
write_erase: write erase
write_erase: erase startup-config
write_erase: erase nvram:
reload: reload
reload_in: reload in WORD [LINE]
reload_at: reload at LINE
reload_cancel: reload cancel
nothing: clear {counters|arp-cache|logging|ip arp|line|ip ospf|ip route|mac} [LINE]
clock_set: clock set LINE
tclsh: tclsh
nothing: undebug all
nothing: no debug all
crypto_key: crypto key LINE
show_running: show running-config
show_running: show running-config all
show_running_interface: show running-config interface <if>
show_running_part: show running-config LINE
show_startup: show startup-config
show_archive: show archive
show_archive_differences: show archive config differences [WORD] [WORD]
show_archive_incremental: show archive config incremental-diffs WORD [ignorecase]
show_rollback_timer: show archive config rollback timer
show_file_systems: show file systems
show_flash: show flash:
show_flash: show bootflash:
show_boot: show boot
show_boot: show bootvar
show_reload: show reload
show_tech: show tech-support [LINE]
show_configuration_lock: show configuration lock
show_configuration_id: show configuration id
"""


def _table(text: str, start: int) -> list[tuple[str, str, int]]:
    rows = []
    for number, line in enumerate(text.strip().splitlines(), start):
        name, _, pattern = line.partition(": ")
        rows.append((name, pattern, number))
    return rows


@functools.cache
def commands(privilege: int) -> Grammar:
    """The commands of a privilege level."""
    rows = _table(_EVERYONE, 0)
    if privilege >= 15:
        rows += _table(_ENABLED, len(rows))
    return Grammar(compile_pattern(pattern, number, name) for name, pattern, number in rows)


def names() -> set[str]:
    """Everything that the tables name."""
    return {name for name, _, _ in _table(_EVERYONE, 0) + _table(_ENABLED, 0)}
