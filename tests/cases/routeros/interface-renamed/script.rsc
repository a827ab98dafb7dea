/interface vlan set [find name="staff"] name=vlan-staff
/interface bridge set [find name="lan"] name=bridge
