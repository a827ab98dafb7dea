# 2026-01-01 08:00:00 by RouterOS 7.20.4
/ip dns
set allow-remote-requests=yes servers=8.8.8.8
/ip ssh
set forwarding-enabled=local
