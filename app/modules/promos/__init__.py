"""The promos that enter and leave the school."""
