:do { :if ([:len [/ip address find address="10.0.0.2/30" interface="ether1" dynamic=no]] = 0) do={ /ip address add address=10.0.0.2/30 interface=ether1 network=10.0.0.0 } } on-error={}
:do { /ip address remove [find address="10.0.0.6/30" interface="ether1" dynamic=no] } on-error={}
# sekayu: end of inverse
