"""sekayu-net: provisioning and intranet automation for district offices.

The rooms of the package are described in ``docs/architecture.md``.
"""

__version__ = "0.1.0"
