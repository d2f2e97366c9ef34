"""The theatre club: its seasons, plays and performances, for everybody."""
