:do { /snmp community set [find name="<secret:aaaaaaaaaaaaaaaa>"] addresses=10.0.0.0/8 } on-error={}
:do { /interface wifi security set [find name="staff"] passphrase=<secret:0123456789abcdef> } on-error={}
# sekayu: end of inverse
