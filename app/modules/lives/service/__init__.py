"""What is done of a whole account."""
