"""What the pages of the bar ask."""
