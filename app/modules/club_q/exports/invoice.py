"""What someone has to pay for a season, and how."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from flask_babel import gettext as _
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Image, KeepTogether

from app.core.money import Cents
from app.modules.club_q.exports import pages
from app.modules.club_q.exports.pages import Document
from app.web import qrcodes
from app.web.filters import format_euros, format_instant

_SIDE = 38 * mm
#: In pixels: sharp once printed.
_PIXELS = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A show, and the places that they hold."""

    show: str
    at: datetime
    places: int
    unit_price: Cents

    @property
    def amount_cents(self) -> Cents:
        return self.places * self.unit_price


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """Who pays, for what, how much, and how."""

    username: str
    name: str
    promo: int | None
    email: str | None
    season: str
    lines: Sequence[Line]
    beneficiary: str
    reference: str
    iban: str | None
    bic: str | None
    #: What the QR code of the transfer says, if there is one.
    qr_text: str | None

    @property
    def due_cents(self) -> Cents:
        return sum(one.amount_cents for one in self.lines)

    @property
    def stem(self) -> str:
        return f"club_q_{self.username}"


def invoice(found: Invoice, *, site: str) -> bytes:
    """The invoice, in PDF."""
    title = _("Facture du Club Q")
    return pages.written(Document(title=title, site=site), list(_story(found, title)))


def _story(found: Invoice, title: str) -> Iterator[Flowable]:
    yield pages.title(title)
    promo = "" if found.promo is None else str(found.promo)
    yield pages.facts(
        [
            (_("Nom"), found.name),
            (_("Promo"), promo),
            (_("Mail"), found.email or ""),
            (_("Saison"), found.season),
        ]
    )
    yield pages.subtitle(_("Vos places"))
    yield pages.rows(
        [_("Spectacle"), _("Date"), _("Places"), _("Prix"), _("Montant")],
        [
            [
                *(one.show, format_instant(one.at), str(one.places)),
                *(format_euros(one.unit_price), format_euros(one.amount_cents)),
            ]
            for one in found.lines
        ],
        [32, 28, 10, 15, 15],
        total=[
            *(_("Total à payer"), "", str(sum(one.places for one in found.lines)), ""),
            format_euros(found.due_cents),
        ],
    )
    if found.due_cents:
        yield KeepTogether(list(_paying(found)))


def _paying(found: Invoice) -> Iterator[Flowable]:
    """By cheque, or by transfer where there is an account."""
    yield pages.subtitle(_("Comment payer"))
    yield pages.words(
        _(
            "Par chèque à l'ordre de « %(beneficiary)s », avec ces mots au dos : %(reference)s",
            beneficiary=found.beneficiary,
            reference=found.reference,
        )
    )
    if found.iban is None:
        return
    yield pages.words(_("Ou par virement :"))
    bic = [(_("BIC"), found.bic)] if found.bic else []
    yield pages.facts(
        [
            (_("Bénéficiaire"), found.beneficiary),
            (_("IBAN"), found.iban),
            *bic,
            (_("Référence"), found.reference),
        ]
    )
    if found.qr_text:
        picture = qrcodes.png(found.qr_text, side=_PIXELS)
        yield Image(BytesIO(picture), _SIDE, _SIDE, hAlign="LEFT")
        yield pages.words(_("L'application de votre banque lit ce code."))
