"""The lines of bank statements: found to be someone's, then made into payments by a GRI."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, gettext as _, lazy_gettext as _l, ngettext

from app import context
from app.core.errors import DomainError
from app.core.money import Cents
from app.core.pagination import Page
from app.core.transaction import transaction
from app.enums import BankLineStatus, PermissionScope, PermissionType
from app.extensions import db
from app.models import BankLine, Offer, Payment
from app.modules.account import queries as accounts
from app.modules.intrarez import queries
from app.modules.intrarez.forms.statements import LineForm
from app.modules.intrarez.queries import statements as lines
from app.modules.intrarez.queries.statements import LineProposal
from app.modules.intrarez.routes.blueprint import bp
from app.modules.intrarez.rules.matching import Kind
from app.modules.intrarez.service import statements as service
from app.modules.intrarez.service.statements import Sure
from app.modules.payments import around, queries as payments
from app.modules.payments.errors import (
    BankLineDone,
    ForOneself,
)

_WRITE = context.gris_or(PermissionType.write, PermissionScope.payments)

#: How many lines of each kind there are on a page.
_PAGE_SIZE = 50
#: How many sure lines are confirmed at once: a request must end.
_AT_ONCE = 100
#: How many of the refusals are told, and how much of a label.
_TOLD, _TOLD_LABEL = 3, 60


# The lines that wait


@dataclass(frozen=True, slots=True)
class Piece:
    """A line that waits, and a form for whose it is."""

    proposal: LineProposal
    form: LineForm
    #: Whether it is surely the visitor's.
    is_own: bool
    #: Whether an offer has that price.
    has_offer: bool

    @property
    def line(self) -> BankLine:
        return self.proposal.line


@dataclass(frozen=True, slots=True)
class Section:
    """The lines of one kind."""

    kind: Kind
    title: LazyString
    note: LazyString
    found: Page[Piece]


@dataclass(frozen=True, slots=True)
class Batch:
    """The sure lines that one button confirms."""

    count: int
    amount_cents: Cents
    #: The number of the last one that was shown.
    last: int
    is_all: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementPage:
    """All that the page of the statements shows."""

    sections: Sequence[Section]
    batch: Batch | None
    done: Sequence[tuple[BankLine, Payment | None]]
    #: The numbers of the pages, to come back to them.
    numbers: Mapping[str, Any]
    #: The one line to show, if what was said of it is refused.
    refused: Piece | None = None

    @property
    def waiting(self) -> int:
        return sum(section.found.total for section in self.sections)


_SECTIONS = (
    (Kind.sure, _l("Sûrs"), _l("La référence et le montant sont les bons.")),
    (
        Kind.other_amount,
        _l("Autre montant"),
        _l("La référence est bonne, mais ce n'est pas le prix de cette offre."),
    ),
    (
        Kind.possible,
        _l("Possibles"),
        _l("Un nom, ou une référence qui se lit de plusieurs façons, et le prix d'une offre."),
    ),
    (Kind.none, _l("Rien trouvé"), _l("Ni référence, ni nom : ce n'est peut-être pas pour nous.")),
)


def _numbers() -> dict[str, Any]:
    """The pages that the address asks for, but for the first ones."""
    numbers: dict[str, Any] = {}
    for kind in Kind:
        text = request.args.get(kind, "")
        if text.isascii() and text.isdigit() and len(text) < 7 and int(text) > 1:
            numbers[str(kind)] = int(text)
    return numbers


def page() -> StatementPage:
    """The lines that wait, by what is known of them, and those dealt with."""
    session, numbers = db.session(), _numbers()
    found, offers = lines.proposals(session), lines.sold_offers(session)
    sections = []
    for kind, title, note in _SECTIONS:
        ours = [one for one in found if one.kind is kind]
        last = max(1, -(-len(ours) // _PAGE_SIZE))
        number = min(numbers.get(kind, 1), last)
        shown = ours[(number - 1) * _PAGE_SIZE : number * _PAGE_SIZE]
        pieces = [_piece(one, offers) for one in shown]
        sections.append(Section(kind, title, note, Page(pieces, number, _PAGE_SIZE, len(ours))))
    return StatementPage(
        sections=sections,
        batch=_batch(found),
        done=lines.latest_done(session),
        numbers=numbers,
    )


def _piece(proposal: LineProposal, offers: Sequence[Offer], form: LineForm | None = None) -> Piece:
    """A line, with the form that was sent, or one filled in with what is proposed."""
    amount_cents, person = proposal.line.amount_cents, proposal.person
    fitting = [offer.slug for offer in offers if offer.price_cents == amount_cents]
    if form is None:
        usernames, offer = proposal.usernames, proposal.offer
        slug = offer.slug if offer is not None and offer.slug in fitting else ""
        form = LineForm(
            formdata=None,
            data={
                "username": usernames[0] if len(usernames) == 1 else "",
                "offer": fitting[0] if len(fitting) == 1 else slug,
            },
        )
        form.offer_among(offers, amount_cents)
    is_own = person is not None and person.id == context.current.me.id
    return Piece(proposal, form, is_own, bool(fitting))


def _sure(found: Iterable[LineProposal], *, last: int | None = None) -> list[LineProposal]:
    """The sure lines, those that were shown."""
    return [one for one in found if one.kind is Kind.sure and (last is None or one.line.id <= last)]


def _batch(found: Iterable[LineProposal]) -> Batch | None:
    """What the button confirms: the sure lines that are of others, the oldest first."""
    me, sure = context.current.me.id, _sure(found)
    ours = [one for one in sure if one.person is not None and one.person.id != me]
    taken = ours[:_AT_ONCE]
    if not taken:
        return None
    return Batch(
        count=len(taken),
        amount_cents=sum(one.line.amount_cents for one in taken),
        last=max(one.line.id for one in sure),
        is_all=len(taken) == len(ours),
    )


def _to_the_page() -> ResponseReturnValue:
    return redirect(url_for("intrarez.statement", **_numbers()), 303)


@bp.post("/gris/payments/statement/confirm_sure")
@_WRITE
def confirm_sure() -> ResponseReturnValue:
    """Make a payment of each sure line, one after the other: a refusal stops none."""
    me, till = context.current.me, around.till()
    text = request.form.get("last", "")
    last = int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None
    found = _sure(lines.proposals(db.session()), last=last)
    todo = [
        (one.line.label, Sure(one.line.id, one.person.id, one.offer.slug))
        for one in found
        if one.person is not None and one.offer is not None
    ]
    done, own, refused = 0, 0, []
    for label, sure in todo:
        try:
            with transaction(db.session()) as session:
                service.confirm_sure(session, sure, by=me, till=till)
            done += 1
        except ForOneself:
            own += 1
        except DomainError as refusal:
            refused.append((label, refusal.message))
        if done == _AT_ONCE:
            break
    _tell(done, own, refused)
    return _to_the_page()


def _tell(done: int, own: int, refused: Sequence[tuple[str, str]]) -> None:
    """Say what was confirmed, and what was not."""
    if done:
        flash(
            ngettext("%(num)s virement confirmé.", "%(num)s virements confirmés.", done), "success"
        )
    if own:
        flash(
            ngettext(
                "%(num)s virement est le vôtre : quelqu'un d'autre doit le confirmer.",
                "%(num)s virements sont les vôtres : quelqu'un d'autre doit les confirmer.",
                own,
            ),
            "warning",
        )
    for label, why in refused[:_TOLD]:
        flash(_("« %(label)s » : %(why)s", label=label[:_TOLD_LABEL], why=why), "danger")
    if len(refused) > _TOLD:
        more = len(refused) - _TOLD
        flash(
            ngettext(
                "%(num)s autre virement est refusé.", "%(num)s autres virements sont refusés.", more
            ),
            "danger",
        )
    if not done and not own and not refused:
        flash(_("Il n'y a plus rien à confirmer."), "info")


@bp.post("/gris/payments/statement/<int:key>/confirm")
@_WRITE
def confirm_line(key: int) -> ResponseReturnValue:
    """Make a payment of a line: a GRI has said whose, and for what."""
    line, offers = payments.bank_line(db.session(), key), lines.sold_offers(db.session())
    form = LineForm()
    form.offer_among(offers, line.amount_cents)
    if form.validate_on_submit():
        with form.refusals():
            if _confirm(line, form):
                return _to_the_page()
    if line.status is not BankLineStatus.proposed:
        raise BankLineDone  # its form is no longer on the page
    (proposal,) = lines.proposals_of(db.session(), [line])
    page = StatementPage(
        sections=(),
        batch=None,
        done=(),
        numbers=_numbers(),
        refused=_piece(proposal, offers, form),
    )
    return form.page("intrarez/statement.html", page=page)


def _confirm(line: BankLine, form: LineForm) -> bool:
    """Make a payment of a line; return whether whom it is of exists."""
    pceen = accounts.called(db.session(), form.username.text)
    if pceen is None:
        form.username.errors = [_("Personne n'a cet identifiant.")]
        return False
    with transaction(db.session()) as session:
        payment = service.confirm(
            session,
            line=line,
            pceen=pceen,
            offer=queries.offer(session, str(form.offer.data)),
            by=context.current.me,
            till=around.till(),
        )
    flash(
        _(
            "Le paiement %(key)s de %(name)s est enregistré.",
            key=payment.id,
            name=pceen.full_name,
        ),
        "success",
    )
    return True


@bp.post("/gris/payments/statement/<int:key>/ignore")
@_WRITE
def ignore_line(key: int) -> ResponseReturnValue:
    """Leave a line aside: it pays for nothing here."""
    line = payments.bank_line(db.session(), key)
    with transaction(db.session()) as session:
        service.ignore(session, line=line)
    flash(_("Ligne laissée de côté."), "success")
    return _to_the_page()


@bp.post("/gris/payments/statement/<int:key>/restore")
@_WRITE
def restore_line(key: int) -> ResponseReturnValue:
    """Have a line that was left aside wait again."""
    line = payments.bank_line(db.session(), key)
    with transaction(db.session()) as session:
        service.restore(session, line=line)
    flash(_("La ligne attend à nouveau."), "success")
    return _to_the_page()
