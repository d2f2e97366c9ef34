"""The pages of the Panier Bio."""

from app.modules.panier_bio.routes import (
    admin,
    admin_orders,
    card,
    exports,
    figures,
    orders,
    periods,
    pickup,
    texts,
    validate,
    visitor,
)
from app.modules.panier_bio.routes.blueprint import bp

__all__ = [
    "admin",
    "admin_orders",
    "bp",
    "card",
    "exports",
    "figures",
    "orders",
    "periods",
    "pickup",
    "texts",
    "validate",
    "visitor",
]
