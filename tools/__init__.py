"""What is run by hand: measures, and pictures of the README."""
