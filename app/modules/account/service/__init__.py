"""What one does with one's account."""
