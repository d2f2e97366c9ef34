"""What one does with the network."""
