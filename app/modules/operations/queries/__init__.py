"""What is read of the running of the site."""
