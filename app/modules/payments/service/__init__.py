"""What is done of money, by subject."""
