"""What a run gives, and all its figures, to take away (community 4.5 and 4.8)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import context
from app.core.sheets import Value
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.models import ClubQRun
from app.modules.club_q.errors import NoSuchRun
from app.modules.club_q.exports import runs as tables
from app.modules.club_q.queries import run_pages, run_report, runs as reading
from app.modules.club_q.queries.run_pages import Names
from app.modules.club_q.queries.run_report import Report
from app.modules.club_q.routes.blueprint import bp
from app.modules.club_q.routes.run_figures import cells
from app.modules.club_q.routes.run_words import goals
from app.web.downloads import asked_sheet, table_download


@bp.get("/club_q/attribution/<int:key>/export")
@context.permission_only(T.write, S.club_q)
def run_export(key: int) -> ResponseReturnValue:
    """The grants of a run that is done, or its figures with ``what=figures``."""
    session = db.session()
    run = reading.run(session, key)
    if run.result_hash is None:
        raise NoSuchRun
    sheet = asked_sheet() or "xlsx"
    stem = f"club_q_attribution_{run.id}"
    if request.args.get("what") == "figures":
        title = _("Chiffres")
        return table_download(
            f"{stem}_chiffres", title, tables.figure_columns(), _figures(run), sheet
        )
    rows = _grants(session, run)
    return table_download(stem, _("Attribution"), tables.grant_columns(), rows, sheet)


def _grants(session: Session, run: ClubQRun) -> Iterator[Sequence[Value]]:
    report = run_report.report(session, run)
    people = {one.id for one in report.instance.people}
    names = run_pages.names(session, people=people, season_id=run.season_id)
    return _grant_rows(report, names)


def _grant_rows(report: Report, names: Names) -> Iterator[Sequence[Value]]:
    """A row for each wish, by person then rank."""
    promos = {one.id: one.promo for one in report.instance.people}
    levels = {one.pceen_id: one for one in report.people}
    for person, wishes in report.by_person.items():
        level = levels.get(person)
        for got in wishes:
            yield (
                names.person(person),
                promos.get(person),
                names.show(got.show),
                got.priority,
                got.places,
                got.minimum,
                got.granted,
                str(got.reason.label),
                level.before if level else None,
                level.bonus if level else None,
                level.after if level else None,
            )


def _figures(run: ClubQRun) -> Iterator[Sequence[Value]]:
    """The objectives, the figures of everybody, then those of each rank and each promo."""
    figures: Mapping[str, Any] = run.figures or {}
    for goal in goals(run.objectives or ()):
        yield _("Objectif"), goal.label, goal.value
        yield _("Objectif, au mieux"), goal.label, goal.bound
    yield from cells(figures)
    for row in figures.get("by_priority", ()):
        about = _("Vœux de rang %(rank)s", rank=row["priority"])
        yield about, _("Nombre de vœux"), row["wishes"]
        yield about, _("Servis en entier"), row["full"]
        yield about, _("En partie"), row["partial"]
        yield about, _("Refusés"), row["nothing"]
        yield about, _("Demandé"), row["asked"]
        yield about, _("Attribué"), row["granted"]
    for one in figures.get("by_promo", ()):
        promo = _("inconnue") if one["promo"] is None else one["promo"]
        about = _("Promo %(promo)s", promo=promo)
        for group, label, value in cells({"tickets": {}, **one}):
            yield f"{about} : {group}", label, value
