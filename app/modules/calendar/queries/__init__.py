"""What is read of the calendar."""
