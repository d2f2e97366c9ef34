"""What is done of notifications."""
