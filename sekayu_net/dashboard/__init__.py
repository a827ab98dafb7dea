"""The live page: what the journal and the archive know, served read-only to a browser."""
