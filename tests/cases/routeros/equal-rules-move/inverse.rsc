:do { /ip firewall filter move [find chain="forward" action="drop" protocol="gre" dynamic=no] } on-error={}
:do { /ip firewall filter move [find chain="forward" action="drop" protocol="gre" dynamic=no] [:pick [find chain="forward" action="drop" dynamic=no] 0] } on-error={}
:do { /ip firewall filter move [find chain="forward" action="jump" jump-target="count" dynamic=no] } on-error={}
:do { /ip firewall filter move [:pick [find chain="forward" action="jump" jump-target="count" dynamic=no] 0] [find chain="forward" action="drop" protocol="gre" dynamic=no] } on-error={}
:do { /ip firewall filter move [:pick [find chain="forward" action="jump" jump-target="count" dynamic=no] 1] [:pick [find chain="forward" action="drop" dynamic=no] 1] } on-error={}
# sekayu: end of inverse
