/system logging add action=remote topics=critical
/system logging add action=remote topics=error
/system logging remove [find topics="info" action="remote"]
