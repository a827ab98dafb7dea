:do { /ip firewall filter move [find chain="forward" comment="e" action="drop" dynamic=no] } on-error={}
:do { /ip firewall filter move [find chain="forward" comment="b" action="accept" dynamic=no] [find chain="forward" comment="c" action="accept" dynamic=no] } on-error={}
# sekayu: end of inverse
