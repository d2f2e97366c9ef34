"""What those who leave the school are told."""

from dataclasses import dataclass
from typing import ClassVar

from flask_babel import lazy_gettext as _l

from app.integrations.mailer import Mail


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleSwitch(Mail):
    """Tell someone that they are an alumni from now on, and to keep an address of theirs."""

    kind: ClassVar = "promos.role_switch"
    template: ClassVar = "promos/mails/role_switch.html"
    subject: ClassVar = _l("Votre accès Élève devient un accès Alumni")

    prenom: str
    username: str
    promo: int
    #: Whether they are written to at an address that the school will close.
    is_of_the_school: bool


MAILS: tuple[type[Mail], ...] = (RoleSwitch,)
