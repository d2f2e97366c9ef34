"""Where tickets are shared out: the rules, the bonuses, what to compute, what was (4.5)."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import context
from app.context import current
from app.core.pagination import Page
from app.core.transaction import transaction
from app.enums import PermissionScope as S, PermissionType as T, RunStatus
from app.extensions import db
from app.models import ClubQRun, ClubQSeason
from app.modules.club_q import around
from app.modules.club_q.forms.attribution import BonusesForm, LaunchForm, RulesForm
from app.modules.club_q.queries import run_pages, runs as reading
from app.modules.club_q.queries.announced import may_change
from app.modules.club_q.queries.seasons import season as read_season
from app.modules.club_q.routes.blueprint import bp
from app.modules.club_q.routes.run_words import TONES, number, rules_in_words
from app.modules.club_q.rules.announced import Announced, announced
from app.modules.club_q.service import announce as announcing, runs as service
from app.modules.club_q.service.announce import Bonuses
from app.web.asked import asked_page


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributionPage:
    """All that the page of the attribution shows of a season."""

    season: ClubQSeason
    rules: Announced
    may_change: bool
    launch: LaunchForm
    announce: RulesForm
    bonuses: BonusesForm
    found: Page[ClubQRun]
    #: The run whose grants are those of the season, if one is adopted.
    adopted: ClubQRun | None
    #: The one that waits or runs.
    active: ClubQRun | None

    @property
    def tones(self) -> Mapping[RunStatus, str]:
        return TONES

    @property
    def address(self) -> str:
        """This page, of this season."""
        return url_for("club_q.attribution", season_id=self.season.id)

    @property
    def said(self) -> list[tuple[str, str]]:
        """The rules, for people."""
        return rules_in_words(self.rules)

    @property
    def starts(self) -> list[tuple[str, str]]:
        """What each promo starts with, for people."""
        bonuses = Bonuses.of(around.options())
        *years, other = (number(tenths / 10, 1) for tenths in bonuses.tenths)
        return [
            (_("Promo en première année"), str(bonuses.promo_1a)),
            (_("De la 1A à la 4A"), " / ".join(years)),
            (_("Autres promos"), other),
        ]

    @staticmethod
    def served(run: ClubQRun) -> str:
        """How many people get something."""
        found = next((one for one in run.objectives or () if one["name"] == "served"), None)
        return "\u2013" if found is None else str(found["value"])


@bp.route("/club_q/attribution", methods=["GET", "POST"])
@context.permission_only(T.write, S.club_q)
def attribution() -> ResponseReturnValue:
    """The rules, the bonuses, the runs; three forms, told from one another by their buttons."""
    season = around.season()
    if season is None:
        return render_template("club_q/attribution/attribution.html", page=None)
    if request.method == "POST" and "save_attribution" in request.form:
        return _save_bonuses(season)
    if request.method == "POST" and "save_rules" in request.form:
        return _save_rules(season)
    return _launch(season)


def _save_bonuses(season: ClubQSeason) -> ResponseReturnValue:
    form = BonusesForm(options=around.options())
    if form.validate_on_submit():
        with form.refusals():
            with transaction(db.session()) as session:
                is_changed = announcing.change_bonuses(
                    session, form.bonuses, version=form.seen_version
                )
            _say(_("Les bonus sont enregistrés."), is_changed=is_changed)
            return redirect(url_for("club_q.attribution", season_id=season.id), 303)
    return _page(season, bonuses=form)


def _save_rules(season: ClubQSeason) -> ResponseReturnValue:
    form, key = RulesForm(rules=announced(season.rules), version=season.version), season.id
    if form.validate_on_submit():
        with form.refusals():
            with transaction(db.session()) as session:
                is_changed = announcing.announce(
                    session,
                    season=read_season(session, key),
                    rules=form.rules,
                    version=form.seen_version,
                )
            _say(_("Les règles sont annoncées."), is_changed=is_changed)
            return redirect(url_for("club_q.attribution", season_id=key), 303)
    return _page(read_season(db.session(), key), rules=form)


def _say(done: str, *, is_changed: bool) -> None:
    if is_changed:
        flash(done, "success")
    else:
        flash(_("Rien n'a changé."), "info")


def _launch(season: ClubQSeason) -> ResponseReturnValue:
    form = LaunchForm(rules=announced(season.rules), is_published=season.published_at is not None)
    key = season.id
    if request.method == "POST" and form.validate_on_submit():
        with form.refusals():
            return redirect(url_for("club_q.run", key=_launched(key, form)), 303)
    return _page(read_season(db.session(), key), launch=form)


def _launched(key: int, form: LaunchForm) -> int:
    """Launch a run; return its number. The very same form gives the very same run."""
    wanted = form.wanted(around.options())
    try:
        with transaction(db.session()) as session:
            if not form.is_first(session, sender=current.me.id):
                raise _Again  # noqa: TRY301  # what was done is undone
            season = read_season(session, key)
            return service.launch(session, season=season, wanted=wanted, by=current.me).id
    except _Again:
        return run_pages.last_of(db.session(), season_id=key, by=current.me.id)


class _Again(Exception):  # it never leaves this module
    """This very form was answered already."""


def _page(
    season: ClubQSeason,
    *,
    launch: LaunchForm | None = None,
    rules: RulesForm | None = None,
    bonuses: BonusesForm | None = None,
) -> ResponseReturnValue:
    """The page, with what was typed in one of its forms and what is wrong with it."""
    session, options = db.session(), around.options()
    said = announced(season.rules)
    page = AttributionPage(
        season=season,
        rules=said,
        may_change=may_change(session, season, options),
        launch=launch
        or LaunchForm(formdata=None, rules=said, is_published=season.published_at is not None),
        announce=rules or RulesForm(formdata=None, rules=said, version=season.version),
        bonuses=bonuses or BonusesForm(formdata=None, options=options),
        found=run_pages.page(session, season, number=asked_page()),
        adopted=reading.adopted(session, season),
        active=run_pages.active(session, season),
    )
    sent = bonuses or rules or launch or page.launch
    return sent.page("club_q/attribution/attribution.html", page=page)
