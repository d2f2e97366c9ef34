"""What Club Q writes to people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from flask_babel import lazy_gettext as _l

from app.core.money import Cents
from app.integrations.mailer import Mail
from app.modules.club_q.rules.paying import BENEFICIARY, Bill
from app.web.qrcodes import png

#: What the QR code of the transfer is called in the page, and its side in pixels.
TRANSFER = "transfer"
SIDE = 360


@dataclass(frozen=True, slots=True, kw_only=True)
class WishesSaved(Mail):
    """Send someone a copy of what they wish for."""

    kind: ClassVar = "club_q.wishes_saved"
    template: ClassVar = "club_q/mails/wishes_saved.html"
    subject: ClassVar = _l("Vos vœux au Club Q")

    prenom: str
    season: str
    #: What they want most first: a rank, a show, how many places, and the fewest.
    lines: list[tuple[int, str, int, int]]
    most_cents: Cents
    budget_cents: Cents | None
    max_shows: int | None
    accept_clashes: bool
    #: When it was, in ISO format.
    at: str

    @property
    def instant(self) -> datetime:
        return datetime.fromisoformat(self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowCancelled(Mail):
    """Tell someone who has places of a show that it is cancelled: they owe nothing for it."""

    kind: ClassVar = "club_q.show_cancelled"
    template: ClassVar = "club_q/mails/show_cancelled.html"
    subject: ClassVar = _l("Un spectacle est annulé")

    prenom: str
    spectacle: str
    #: When it was to be, in ISO format.
    at: str
    places: int

    @property
    def instant(self) -> datetime:
        return datetime.fromisoformat(self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class _PlacesMoved(Mail):
    """Tell someone what became of places, once what was left is shared out again."""

    prenom: str
    season: str
    #: The number of the person, and of the season: where their page is.
    pceen_key: int
    season_key: int
    #: A show, when it is in ISO format, how many places, and what they cost in all, in cents.
    moves: list[tuple[str, str, int, Cents]]

    @property
    def shows(self) -> list[tuple[str, datetime, int, Cents]]:
        """What moved, with instants."""
        return [(show, datetime.fromisoformat(at), n, cents) for show, at, n, cents in self.moves]

    @property
    def total_cents(self) -> Cents:
        return sum(cents for _show, _at, _places, cents in self.moves)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacesGiven(_PlacesMoved):
    """Tell someone that they have places now that others gave back, or that were left."""

    kind: ClassVar = "club_q.places_given"
    template: ClassVar = "club_q/mails/places_given.html"
    subject: ClassVar = _l("Vous avez des places au Club Q")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacesTaken(_PlacesMoved):
    """Tell someone that others have the places that they gave back: they owe them no more."""

    kind: ClassVar = "club_q.places_taken"
    template: ClassVar = "club_q/mails/places_taken.html"
    subject: ClassVar = _l("Vos places du Club Q ont trouvé preneur")


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributedShow:
    """A show, and the places that someone has of it."""

    name: str
    at: datetime
    venue: str | None
    places: int
    unit_price: Cents

    @property
    def amount_cents(self) -> Cents:
        return self.places * self.unit_price


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributionMail(Mail):
    """Tell someone what they were granted, and how to pay for it.

    It is written as it leaves and is no effect: the outbox holds whom it is for, and no more.
    """

    kind: ClassVar = "club_q.attribution"
    template: ClassVar = "club_q/mails/attribution.html"
    subject: ClassVar = _l("Attribution Club Q")
    label: ClassVar = "PC est magique - Club - Q"

    prenom: str
    #: Their number and that of the season: where their page is.
    pceen: int
    season_id: int
    season: str
    #: By date; nothing for who has nothing.
    shows: Sequence[AttributedShow]
    bill: Bill
    link_sav: str
    date_sav: date | None
    date_payement: date | None
    #: Whom it is from, and whom answers go to.
    sent_by: str | None
    answers_to: str
    #: What it is known by; nothing for a copy.
    known_by: str | None

    #: To whom cheques and transfers are made out.
    beneficiary: ClassVar = BENEFICIARY

    @property
    def headline(self) -> str:
        return f"{self.subject} {self.season}"

    @property
    def sender(self) -> tuple[str, str] | None:
        return ("Club Q", self.sent_by) if self.sent_by else None

    @property
    def reply_to(self) -> tuple[str, str] | None:
        return ("Club Q", self.answers_to)

    @property
    def identity(self) -> str | None:
        return self.known_by

    @property
    def pictures(self) -> Mapping[str, bytes]:
        return {TRANSFER: png(text, side=SIDE)} if (text := self.bill.qr_text) else {}


MAILS: tuple[type[Mail], ...] = (
    ShowCancelled,
    WishesSaved,
    PlacesGiven,
    PlacesTaken,
)
