/interface wifi security set [find name="staff"] passphrase=<secret:fedcba9876543210>
/snmp community set [find name="<secret:aaaaaaaaaaaaaaaa>"] addresses=10.9.0.0/16
