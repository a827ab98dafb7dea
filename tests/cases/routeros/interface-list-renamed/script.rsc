/interface list set [find name="OFFICE"] name=STAFF
