"""What Club Q reads."""
