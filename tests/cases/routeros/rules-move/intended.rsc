/ip firewall filter
add action=drop chain=forward comment=e
add action=accept chain=forward comment=a
add action=accept chain=forward comment=c
add action=drop chain=forward comment=d
add action=accept chain=forward comment=b
