# 2026-01-01 08:00:00 by RouterOS 7.20.4
/system logging
add action=remote topics=info
