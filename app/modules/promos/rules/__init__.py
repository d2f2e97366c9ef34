"""What is decided of promos: no session, no clock, no request."""
