"""What Club Q computes: nothing of a session, a clock or a request."""
