"""What the bench tests push, and how it is undone."""

from __future__ import annotations

TOKEN = "a1b2c3d4"
LONG = 60
SCRIPT = "/ip address add address=10.9.9.1/24 interface=ether3\n/system note set note=changed\n"
INVERSE = (
    ':do { /ip address remove [find address="10.9.9.1/24"] } on-error={}\n'
    ':do { /system note set note="" } on-error={}\n'
)
#: The management address goes away: the device falls silent.
CUT = '/ip address remove [find address="10.0.0.1/24"]\n'
UNCUT = (
    ':do { :if ([:len [/ip address find address="10.0.0.1/24"]] = 0) do={ '
    "/ip address add address=10.0.0.1/24 interface=ether1 } } on-error={}\n"
)
