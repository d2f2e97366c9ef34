"""The pages of the account."""

from app.modules.account.routes import login, passwords, profile, registration
from app.modules.account.routes.blueprint import bp

__all__ = ["bp", "login", "passwords", "profile", "registration"]
