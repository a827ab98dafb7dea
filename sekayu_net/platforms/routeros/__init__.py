"""RouterOS: its configuration as a language (pure), and a driver for one device over SSH."""
