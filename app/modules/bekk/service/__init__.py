"""What the Bekk does."""
