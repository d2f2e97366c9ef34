"""What the Bekk reads."""
