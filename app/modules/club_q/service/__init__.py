"""What Club Q does."""
