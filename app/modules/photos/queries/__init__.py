"""What is read of the photos."""
