:do { /ip firewall filter set [find chain="input" comment="caf\C3\A9" action="drop" dynamic=no] log=no } on-error={}
:do { /ip firewall filter move [find chain="input" comment="caf\C3\A9" action="drop" dynamic=no] } on-error={}
:do { /ip firewall address-list remove [find address="10.2.0.0/16" list="two words" dynamic=no] } on-error={}
:do { /ip firewall address-list set [find address="10.1.0.0/16" list="two words" dynamic=no] comment="" } on-error={}
# sekayu: end of inverse
