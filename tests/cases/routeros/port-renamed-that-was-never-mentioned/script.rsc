/interface ethernet set [ find default-name=ether1 ] comment=provider
/ip firewall nat add action=masquerade chain=srcnat out-interface=ether1
/interface ethernet set [ find default-name=ether1 ] name=wan
