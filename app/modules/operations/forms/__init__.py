"""What the pages on the running of the site ask."""
