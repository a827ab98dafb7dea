"""The programs that are measured: each a script for its own environment's Python.

Each reads one JSON document (``job.read_job``) and writes one line of JSON. None imports this
project, but ``ours``.
"""
