"""What people write to Club Q."""
