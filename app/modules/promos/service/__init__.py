"""What is done of promos: a class that enters, a class that leaves."""
