"""The rules of the theatre club."""
