:do { /interface list set [find name="STAFF"] name=OFFICE } on-error={}
# sekayu: end of inverse
