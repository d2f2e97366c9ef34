"""What happens to an account over the years: merged, handed over, forgotten."""
