"""What the GRIs are asked."""
