:do { /ip dns set servers=8.8.8.8 } on-error={}
# sekayu: end of inverse
