"""What the school's log-in does."""
