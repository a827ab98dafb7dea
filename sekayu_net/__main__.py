"""``python -m sekayu_net``: the command line without its installed script."""

from sekayu_net.cli.main import main

main()
