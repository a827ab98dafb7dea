:do { /interface bridge set [find name="bridge"] name=lan } on-error={}
:do { /interface vlan set [find name="vlan-staff"] name=staff } on-error={}
# sekayu: end of inverse
