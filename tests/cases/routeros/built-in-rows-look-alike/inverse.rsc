:do { :if ([:len [/system logging find topics="info" action="remote"]] = 0) do={ /system logging add action=remote topics=info } } on-error={}
:do { /system logging remove [find topics="error" action="remote"] } on-error={}
:do { /system logging remove [find topics="critical" action="remote"] } on-error={}
# sekayu: end of inverse
