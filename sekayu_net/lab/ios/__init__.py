"""A simulated Cisco IOS device: the configuration as a tree, the command line over SSH, SCP.

Modelled are IOS 15 and IOS XE 16/17 on an ISR, as far as people and programs talk to them: what
the running configuration prints, how lines replace, negate and order each other, archive and
configuration rollback, files, privilege levels. Not modelled: timing, counters, hardware modules.
What its configuration means for packets is ``node``'s.
"""
