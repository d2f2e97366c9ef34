"""Rounding as Club Q does: exact, and half away from zero."""


def nearest(numerator: int, denominator: int) -> int:
    """The whole number nearest to a fraction whose *denominator* is positive."""
    rounded = (2 * abs(numerator) + denominator) // (2 * denominator)
    return -rounded if numerator < 0 else rounded
