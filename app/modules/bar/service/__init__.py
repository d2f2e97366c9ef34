"""What is done at the bar."""
