"""The bar: accounts, the point of sale, the ledger, and those who run it."""
