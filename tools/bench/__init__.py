"""How fast the site is, and how big, at the reference school: ``make bench`` (docs/bench.md)."""
