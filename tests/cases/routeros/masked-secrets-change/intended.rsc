/interface wifi security
add authentication-types=wpa2-psk name=staff passphrase=<secret:fedcba9876543210>
/snmp community
add addresses=10.9.0.0/16 name=<secret:aaaaaaaaaaaaaaaa>
