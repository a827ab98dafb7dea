"""The running lab's own process; see ``server``."""

from sekayu_net.lab.server import main

main()
