# 2026-01-01 08:00:00 by RouterOS 7.20.4
/interface wifi security
add authentication-types=wpa2-psk name=staff passphrase=<secret:0123456789abcdef>
/snmp community
add addresses=10.0.0.0/8 name=<secret:aaaaaaaaaaaaaaaa>
