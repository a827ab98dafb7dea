:do { /interface ethernet set [ find default-name=ether1 ] name=ether1 } on-error={}
:do { /ip firewall nat remove [find chain="srcnat" action="masquerade" out-interface="ether1" dynamic=no] } on-error={}
:do { /interface ethernet set [ find default-name=ether1 ] comment="" } on-error={}
# sekayu: end of inverse
