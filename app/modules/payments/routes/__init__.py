"""The pages of money; importing them fills the blueprint."""

from app.modules.payments.routes import callbacks, gris, pages
from app.modules.payments.routes.blueprint import bp

__all__ = ["bp", "callbacks", "gris", "pages"]
