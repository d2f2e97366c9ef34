"""What is done of the calendar."""
