"""What is done of photos."""
