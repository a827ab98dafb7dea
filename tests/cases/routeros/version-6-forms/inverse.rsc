:do { :if ([:len [/routing ospf network find network="10.0.0.0/8" area="backbone"]] = 0) do={ /routing ospf network add area=backbone network=10.0.0.0/8 } } on-error={}
:do { /ip service set telnet disabled=yes } on-error={}
:do { /ip service set ftp disabled=no } on-error={}
:do { /system ntp client set primary-ntp=10.0.0.1 } on-error={}
:do { /ip firewall filter set [find chain="input" comment="why\?" action="accept" dynamic=no] !protocol } on-error={}
:do { /ip firewall filter remove [find chain="forward" comment="new\?" action="accept" dynamic=no] } on-error={}
:do { /routing ospf network remove [find network="10.1.0.0/16" area="backbone"] } on-error={}
# sekayu: end of inverse
