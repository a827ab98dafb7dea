"""The name under which NAPALM finds the driver: ``get_network_driver("sekayu_routeros")``.

NAPALM looks for a module of this name and takes the first driver in it. Nothing else lives here.
"""

from sekayu_net.platforms.routeros.napalm_driver import RouterOSNapalmDriver

__all__ = ["RouterOSNapalmDriver"]
