"""What the theatre club reads."""
