"""What this installation brings to the bar."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from flask import current_app, g, request, url_for
from flask_babel import LazyString, lazy_gettext as _l

from app.context import current, may_open
from app.enums import PaymentType, PermissionScope, PermissionType
from app.extensions import db
from app.integrations.bar_pictures import PictureStore
from app.modules.bar.queries.house import house as read_house
from app.modules.bar.rules.house import House
from app.modules.payments.around import lydia
from app.web import files

#: The directory that a link to a picture opens.
PICTURES = "/bar_avatars"


def serves() -> bool:
    """Whether the visitor serves at the bar."""
    return current.has_permission(PermissionType.write, PermissionScope.bar)


def manages() -> bool:
    """Whether the visitor runs the bar."""
    return current.has_permission(PermissionType.all, PermissionScope.bar)


def takes_money_online() -> bool:
    """Whether Lydia takes money for the bar here."""
    found = lydia()
    return found is not None and found.takes(PaymentType.bar)


def pictures() -> PictureStore:
    """Where the pictures of the bar are."""
    return cast(PictureStore, current_app.extensions["bar_pictures"])


def house() -> House:
    """The rules of the house, read once a request."""
    if "bar_house" not in g:
        g.bar_house = read_house(db.session())
    return cast(House, g.bar_house)


def picture_url(name: str | None) -> str | None:
    """Where a picture is, for who is shown it; nothing for none, or for who is nowhere."""
    if name is None or not current.client_address:
        return None
    return files.file_url(PICTURES, name)


@dataclass(frozen=True, slots=True)
class Section:
    """A page of the bar that its own menu leads to."""

    label: LazyString | str
    endpoint: str
    #: The pages that it leads to, which have no entry of their own.
    leads_to: tuple[str, ...] = ()

    @property
    def is_here(self) -> bool:
        """Whether the visitor is on it, or on a page that it leads to."""
        return request.endpoint in (self.endpoint, *self.leads_to)


#: In the order of the menu: what one serves with, then what one has of one's own.
SECTIONS: tuple[Section, ...] = (
    Section(
        _l("Comptoir"),
        "bar.search",
        leads_to=(
            "bar.customer",
            "bar.edit_customer",
            "bar.correct_birth_date",
            "bar.sell",
            "bar.top_up_form",
            "bar.deposit_form",
            "bar.deposit_refund_form",
            "bar.refund_form",
            "bar.adjust_form",
        ),
    ),
    Section(_l("Scanner"), "bar.scan", leads_to=("bar.by_code",)),
    Section(_l("Opérations"), "bar.transactions", leads_to=("bar.reverse",)),
    Section(
        _l("Articles"),
        "bar.items",
        leads_to=("bar.new_item", "bar.edit_item", "bar.change_stock", "bar.inventory"),
    ),
    Section(_l("Caisse"), "bar.cash"),
    Section(_l("Statistiques"), "bar.stats"),
    Section(_l("Exports"), "bar.export"),
    Section(_l("Réglages"), "bar.settings", leads_to=("bar.settings_history",)),
    Section(_l("Mon compte"), "bar.me", leads_to=("bar.birth_date", "bar.alert")),
    Section(
        _l("Recharger"),
        "bar.recharge",
        leads_to=("bar.top_up_state", "bar.check_top_up", "bar.lydia_success", "bar.lydia_fail"),
    ),
    Section(_l("Mon code"), "bar.qrcode"),
)


def tabs() -> Sequence[tuple[LazyString | str, str, bool]]:
    """The pages of the bar that the visitor may open: labels, addresses, and which is here."""
    return [
        (section.label, url_for(section.endpoint), section.is_here)
        for section in SECTIONS
        if may_open(section.endpoint)
    ]
