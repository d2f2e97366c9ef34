"""The pages of the account."""

from app.modules.account.routes import (
    factors,
    login,
    passkeys,
    passwords,
    profile,
    registration,
    second_step,
)
from app.modules.account.routes.blueprint import bp

__all__ = [
    "bp",
    "factors",
    "login",
    "passkeys",
    "passwords",
    "profile",
    "registration",
    "second_step",
]
