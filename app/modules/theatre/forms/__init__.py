"""The forms of the theatre club."""
