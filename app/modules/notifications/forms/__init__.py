"""The forms of notifications."""
