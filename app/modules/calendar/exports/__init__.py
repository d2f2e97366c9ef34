"""What programs read of the calendar."""
