"""Nornir runners on other engines than threads of this process."""
