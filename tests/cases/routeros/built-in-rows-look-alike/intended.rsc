/system logging
add action=remote topics=critical
add action=remote topics=error
