"""A payment provider to practise on: it answers as Lydia does, and no money moves."""
