"""Money in: Lydia, transfers, cash, and the books."""
