"""The page of someone: what they asked, what they were granted and why, what they owe."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal, gettext as _
from markupsafe import Markup
from sqlalchemy.orm import Session

from app import context
from app.context import current
from app.core import clock
from app.core.money import Cents
from app.core.transaction import transaction
from app.enums import PermissionScope as S, PermissionType as T, WishReason
from app.extensions import db
from app.models import ClubQReturn, ClubQSeason, ClubQSpectacle, PCeen
from app.modules.club_q import around
from app.modules.club_q.errors import NoSuchParticipant
from app.modules.club_q.forms.person import DiscontentForm, ReturnForm
from app.modules.club_q.forms.wishes import in_words
from app.modules.club_q.queries import grants, people, person as queries
from app.modules.club_q.queries.grants import Granted
from app.modules.club_q.queries.person import Change, Discontent, Explanations
from app.modules.club_q.routes.blueprint import bp
from app.modules.club_q.routes.reasons import points, tenths, why
from app.modules.club_q.rules.paying import BENEFICIARY, Account, Bill, reference
from app.modules.club_q.service import discontent as service, returns
from app.web import installation, qrcodes
from app.web.charts import BarChart, Counted, Layout, Place, Unit, bars_of
from app.web.forms import Form

#: How many changes of a discontent the page shows, the last ones.
_CHANGES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A wish, with all that is told of it."""

    granted: Granted
    #: Why, sentence by sentence; nothing while it is pending.
    why: Sequence[str]
    #: What is given back and nobody has yet.
    offer: ClubQReturn | None
    can_return: bool
    #: How many places of the show are still nobody's: for the team.
    remaining: int | None

    @property
    def show(self) -> ClubQSpectacle:
        return self.granted.spectacle

    @property
    def asked(self) -> str:
        voeu = self.granted.voeu
        return in_words(voeu.places_demandees, voeu.places_minimum)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a season brought to someone, in figures: satisfaction in units."""

    satisfaction: int
    mean: int
    before: Decimal
    after: Decimal

    @property
    def points(self) -> tuple[str, str]:
        """Their satisfaction, and the mean of the season."""
        return points(self.satisfaction), points(self.mean)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What the page of someone shows."""

    pceen: PCeen
    season: ClubQSeason | None
    is_own: bool
    is_staff: bool
    lines: Sequence[Line] = ()
    summary: Summary | None = None
    discontent: Discontent
    names: Mapping[int, str]
    bill: Bill | None = None
    code: Markup | None = None

    @property
    def knows(self) -> bool:
        """Whether the grants may be told."""
        return self.season is not None and grants.may_know(self.season, is_staff=self.is_staff)

    @property
    def due_cents(self) -> Cents:
        return sum(line.granted.due_cents for line in self.lines)

    @property
    def places(self) -> int:
        return sum(people.places_of(line.granted) for line in self.lines)

    @property
    def is_pending(self) -> bool:
        """Whether nothing is told yet of anything."""
        return all(line.granted.places is None for line in self.lines)

    @property
    def history(self) -> Sequence[Change]:
        """What changed the discontent, the last first."""
        return self.discontent.changes[: -_CHANGES - 1 : -1]

    @property
    def chart(self) -> BarChart:
        """The discontent, from season to season."""
        points = _by_season(self.discontent, self.names)
        return bars_of(
            [Counted(_("Mécontentement"), tuple(tenths for _name, tenths in points))],
            [Place(name, name if len(points) <= 8 else "") for name, _tenths in points],
            Layout(
                unit=Unit.tenths,
                heading=_("Après"),
                nothing=_("Aucune saison ne l'a changé encore."),
                has_totals=False,
            ),
        )


def _by_season(discontent: Discontent, names: Mapping[int, str]) -> list[tuple[str, int]]:
    """What it was after each season, or after the team changed it: names, and tenths."""
    points: list[tuple[str, int]] = []
    for change in discontent.changes:
        season = change.line.season_id
        name = names.get(season, "") if season is not None else ""
        name = name or str(change.line.kind.label)
        tenths = int(change.after * 10)
        if points and points[-1][0] == name:
            points[-1] = (name, tenths)
        else:
            points.append((name, tenths))
    return points


@bp.get("/club_q/pceens/me")
@context.logged_in_only
@context.permission_only(T.read, S.club_q)
def my_page() -> ResponseReturnValue:
    """Lead to one's own page: the address is the same for everybody who is told of it."""
    season = request.args.get("season_id")
    return redirect(url_for("club_q.pceen", key=current.me.id, season_id=season), 302)


@bp.get("/club_q/pceens/<int:key>")
@context.permission_only(T.read, S.club_q)
def pceen(key: int) -> ResponseReturnValue:
    """What someone asked of a season, what they have, why, and what they owe."""
    who = _known(db.session(), key)
    return _shown(DiscontentForm(), who)


def _known(session: Session, key: int) -> PCeen:
    """Whose page it is.

    Raises:
        NoSuchParticipant: If it is nobody's, or not for the visitor to see.
    """
    if key == current.me.id:
        return current.me
    if not around.organises():
        raise NoSuchParticipant
    return queries.pceen(session, key)


def _shown(
    form: Form, who: PCeen, *, season: ClubQSeason | None = None, returning: int | None = None
) -> ResponseReturnValue:
    """The page, with a form of it that was refused, if one was."""
    page = _page(db.session(), who, season or around.season())
    hand = form if isinstance(form, DiscontentForm) else DiscontentForm(formdata=None)
    if page.is_staff:
        hand.show(page.discontent.now)
    return form.page(
        "club_q/person/person.html",
        page=page,
        beneficiary=BENEFICIARY,
        tenths=tenths,
        hand=hand,
        giving=form if isinstance(form, ReturnForm) else None,
        returning=returning,
    )


def _page(session: Session, who: PCeen, season: ClubQSeason | None) -> Page:
    is_staff, is_own = around.organises(), who.id == current.me.id
    own = queries.discontent(session, pceen_id=who.id, seasons=around.seasons(), is_staff=is_staff)
    names = {one.id: one.nom for one in around.seasons()}
    if season is None:
        return Page(
            pceen=who,
            season=None,
            is_own=is_own,
            is_staff=is_staff,
            discontent=own,
            names=names,
        )
    found = grants.granted_to(session, pceen_id=who.id, season=season, is_staff=is_staff)
    told = queries.explanations(session, pceen_id=who.id, season=season, is_staff=is_staff)
    bill = _bill(who, season, found) if grants.may_know(season, is_staff=is_staff) else None
    return Page(
        pceen=who,
        season=season,
        is_own=is_own,
        is_staff=is_staff,
        lines=_lines(session, who, season, found, told),
        summary=_summary(told),
        discontent=own,
        names=names,
        bill=bill,
        code=_code(bill) if is_own else None,
    )


def _lines(
    session: Session,
    who: PCeen,
    season: ClubQSeason,
    found: Sequence[Granted],
    told: Explanations,
) -> list[Line]:
    left = (
        queries.remaining(session, [one.spectacle for one in found]) if around.organises() else {}
    )
    names = {one.spectacle.id: one.spectacle.nom for one in found}
    may_return = (
        who.id == current.me.id
        and season.attributions_visible
        and (season.fin_retour is None or clock.today() <= season.fin_retour)
    )
    return [
        Line(
            granted=one,
            why=_why(one, told, names),
            offer=told.offers.get(one.voeu.id),
            can_return=may_return
            and people.places_of(one) > 0
            and one.spectacle.date > clock.now(),
            remaining=left.get(one.spectacle.id),
        )
        for one in found
    ]


def _why(one: Granted, told: Explanations, names: Mapping[int, str]) -> list[str]:
    """Why a wish has what it has: what the run said, unless the team decided since."""
    if one.places is None:
        return []
    if one.spectacle.cancelled:
        return why(WishReason.cancelled, {}, shows=names)
    run = told.wishes.get(one.voeu.id)
    if one.locked or run is None or run.granted != one.places:
        return why(WishReason.locked, {}, shows=names, note=one.note)
    return why(run.reason, run.reason_data, shows=names, note=one.note)


def _summary(told: Explanations) -> Summary | None:
    if not told.people:
        return None
    first, last = told.people[0], told.people[-1]
    return Summary(
        satisfaction=last.satisfaction,
        mean=int(last.explanation.get("mean", 0)),
        before=first.before,
        after=last.after,
    )


def _bill(who: PCeen, season: ClubQSeason, found: Sequence[Granted]) -> Bill:
    settings = installation.settings().club_q
    return Bill(
        reference=reference(name=who.full_name, promo=who.promo, season=season.nom),
        due_cents=sum(one.due_cents for one in found),
        account=Account(iban=settings.iban, bic=settings.bic),
    )


def _code(bill: Bill | None) -> Markup | None:
    if bill is None or bill.qr_text is None:
        return None
    label = _("Code QR du virement, pour l'application de votre banque")
    return qrcodes.svg(bill.qr_text, label=label)


# The team changes a discontent


@bp.post("/club_q/pceens/<int:key>/discontent")
@context.permission_only(T.write, S.club_q)
def discontent(key: int) -> ResponseReturnValue:
    """Set the discontent of someone."""
    who = queries.pceen(db.session(), key)
    form = DiscontentForm()
    if form.validate():
        with form.refusals(), transaction(db.session()) as session:
            is_changed = service.set_by_hand(
                session,
                pceen=who,
                wanted=form.discontent.value,
                reason=form.reason.text,
                seen=form.seen_value,
                by=current.me,
            )
        if form.is_accepted:
            value = format_decimal(form.discontent.value, "#,##0.0")
            said = _("Son mécontentement est maintenant de %(value)s.", value=value)
            flash(said if is_changed else _("Rien n'a changé."), "success")
            return redirect(url_for("club_q.pceen", key=key), 303)
    return _shown(form, who)


# Giving places back


@bp.post("/club_q/voeux/<int:key>/return")
@context.permission_only(T.read, S.club_q)
def return_places(key: int) -> ResponseReturnValue:
    """Offer places of one's own back, or take the offer back."""
    session = db.session()
    voeu = queries.own_wish(session, key, pceen_id=current.me.id)
    season = next((one for one in around.seasons() if one.id == voeu.season_id), None)
    if season is None:
        abort(404)
    form = ReturnForm()
    withdraws = form.withdraws
    if withdraws or form.validate():
        with form.refusals(), transaction(session):
            if withdraws:
                returns.withdraw(session, voeu=voeu)
            else:
                returns.offer(session, voeu=voeu, places=form.places.number)
        if form.is_accepted:
            flash(
                _("Vous gardez vos places.")
                if withdraws
                else _("C'est proposé. Elles restent dues tant que personne ne les a reprises."),
                "success",
            )
            address = url_for("club_q.pceen", key=current.me.id, season_id=season.id)
            return redirect(f"{address}#voeu-{key}", 303)
    return _shown(form, current.me, season=season, returning=key)
