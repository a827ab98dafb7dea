:do { /routing bgp template set default name=IBGP } on-error={}
# sekayu: end of inverse
