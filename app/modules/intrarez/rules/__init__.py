"""What the network allows, and what follows: pure functions."""
