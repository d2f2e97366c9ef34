"""What the GRIs do."""
