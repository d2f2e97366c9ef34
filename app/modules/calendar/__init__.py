"""The calendar: clubs, events, feeds."""
