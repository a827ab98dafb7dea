"""Cisco IOS and IOS XE, through NAPALM's own driver."""
