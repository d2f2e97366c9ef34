"""What the home page says of the Panier Bio."""

from dataclasses import dataclass

from flask_babel import format_date, gettext as _
from sqlalchemy.orm import Session

from app.context import Context
from app.core import clock
from app.enums import BasketStatus
from app.modules.panier_bio import around
from app.modules.panier_bio.queries.coming import Coming, coming
from app.modules.panier_bio.routes.shown import tone_of
from app.modules.panier_bio.rules import days
from app.modules.panier_bio.rules.options import Options
from app.web.filters import format_instant


@dataclass(frozen=True, slots=True)
class Card:
    """The next distribution, and what one has of it."""

    options: Options
    next: Coming | None

    @property
    def title(self) -> str | None:
        """When it is."""
        if self.next is None:
            return None
        said = str(format_date(self.next.date, _("EEEE d MMMM"), rebase=False))
        return said[:1].upper() + said[1:]

    @property
    def status(self) -> BasketStatus | None:
        """Of one's own order."""
        return self.next.status if self.next is not None else None

    @property
    def tone(self) -> str:
        return tone_of(self.status) if self.status else "neutral"

    @property
    def can_order(self) -> bool:
        """Whether the best that one can do is to order it."""
        if self.next is None or self.status is not None:
            return False
        return self.options.is_open and not self.next.is_closed

    @property
    def note(self) -> str:
        """What to know of it."""
        if self.next is None:
            return str(_("Aucune distribution prévue."))
        if self.status is BasketStatus.waiting:
            return str(_("Vous êtes en liste d'attente."))
        if self.status is not None:
            return str(_("Votre panier est réservé."))
        if self.next.is_closed:
            return str(_("Les commandes de cette date sont closes."))
        if not self.options.is_open:
            return str(_("On ne commande pas de panier en ce moment."))
        until = days.deadline(self.next.date, self.options.deadline)
        return str(_("À commander avant le %(when)s.", when=format_instant(until)))


def card(session: Session, visitor: Context) -> Card:
    """The card of the Panier Bio, for everybody."""
    options = around.options()
    return Card(options, coming(session, options, now=clock.now(), pceen=visitor.me))
