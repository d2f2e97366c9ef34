"""What the GRIs read."""
