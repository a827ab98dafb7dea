"""RouterOS's console language: text to program (``parser``), and programs run (``interpreter``).

What menus hold and what an edit does to them lives outside, in ``sekayu_net.lab``.
"""
