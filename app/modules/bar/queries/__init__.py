"""What the bar reads."""
