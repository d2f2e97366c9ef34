"""What is done to the running of the site."""
