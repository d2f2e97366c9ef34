"""What is decided of photos, without asking anybody."""
