"""What the bar follows: pure."""
