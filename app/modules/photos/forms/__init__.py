"""What is typed about photos."""
