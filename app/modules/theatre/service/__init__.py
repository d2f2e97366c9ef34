"""What the theatre club does."""
