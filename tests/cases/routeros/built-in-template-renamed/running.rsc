# 2026-01-01 08:00:00 by RouterOS 7.20.4
/routing bgp template
set IBGP as=65001 name=IBGP
/routing bgp connection
add local.role=ibgp name=one remote.address=10.0.0.2 templates=IBGP
