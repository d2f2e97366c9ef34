"""Backups: made, listed, verified, pruned, restored (network-b B9)."""
