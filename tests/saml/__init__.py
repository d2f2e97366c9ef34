"""An identity provider of our own, for tests: honest, or not."""
