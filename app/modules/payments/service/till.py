"""What money needs of an installation."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.enums import PaymentType
from app.integrations.lydia import Lydia
from app.models import Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class Till:
    """Who takes money online, what follows from it, and who is told when it does not fit."""

    deliveries: Mapping[PaymentType, Delivery]
    #: ``None`` where nobody pays online.
    lydia: Lydia | None = None
    #: Whom alerts go to: one address, or none.
    admins: tuple[str, ...] = ()
