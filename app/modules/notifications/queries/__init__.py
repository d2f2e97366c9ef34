"""What is read of notifications."""
