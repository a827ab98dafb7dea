"""Rollouts: playbooks, one device's state machine, waves. Everything that protects a device."""
