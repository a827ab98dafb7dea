"""Measuring this project against other people's tools: ``python -m benchmarks.peers``.

``__main__`` runs it all; ``environments`` sets the others up, each in an environment of its own;
``replay`` answers like a device and ``wire`` delays packets; ``clients`` are the programs that are
measured; ``table`` writes what was found. How to read the figures: ``benchmarks/README.md``.
"""
