"""Vendors. One folder each; everything outside this package speaks only ``platforms.base``."""
