"""The files that Club Q gives out: sheets and tables of shows, invoices."""

from collections.abc import Iterator, Sequence

from flask import Response, stream_with_context
from flask.typing import ResponseReturnValue

from app import context
from app.context import current
from app.core import sheets
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.models import ClubQSeason, PCeen
from app.modules.club_q import around
from app.modules.club_q.errors import NoSuchParticipant, NoSuchSeason
from app.modules.club_q.exports import tables
from app.modules.club_q.exports.invoice import Invoice, Line, invoice as invoice_pdf
from app.modules.club_q.exports.show_sheet import Holder, ShowSheet, Waiting, show_sheet
from app.modules.club_q.exports.tables import Payer, ShowTable
from app.modules.club_q.queries import grants, seasons, show_sheets
from app.modules.club_q.queries.grants import Granted
from app.modules.club_q.queries.show_sheets import Told
from app.modules.club_q.routes.blueprint import bp
from app.modules.club_q.rules import paying
from app.modules.club_q.rules.paying import Bill
from app.web import installation
from app.web.downloads import archived, download, stream, table_download, wanted_sheet

# Shows


@bp.get("/club_q/spectacles/<int:key>/generate_pdf")
@context.permission_only(T.write, S.club_q)
def spectacle_pdf(key: int) -> ResponseReturnValue:
    """Who goes to a show, and who would like to."""
    season, told = show_sheets.of_show(db.session(), key)
    sheet = _sheet(season, told)
    return download(show_sheet(sheet, site=_site()), stem=sheet.stem, extension="pdf")


@bp.get("/club_q/spectacles/<int:key>/generate_excel")
@context.permission_only(T.write, S.club_q)
def spectacle_excel(key: int) -> ResponseReturnValue:
    """Who goes to a show, as a table."""
    season, told = show_sheets.of_show(db.session(), key)
    found = _table(season, told)
    title, columns, rows, facts = tables.show(found)
    return table_download(found.stem, title, columns, rows, wanted_sheet(), facts)


@bp.get("/club_q/spectacles/<int:season>/export_pdfs")
@context.permission_only(T.write, S.club_q)
def season_pdfs(season: int) -> ResponseReturnValue:
    """The sheets of all the shows of a season."""
    found = seasons.season(db.session(), season)
    entries = (
        (_entry(sheet.show, key, "pdf"), show_sheet(sheet, site=_site()))
        for key, sheet in _sheets(found)
    )
    return _archive(entries, f"pdf_spectacles_{found.nom}")


@bp.get("/club_q/spectacles/<int:season>/generate_excels")
@context.permission_only(T.write, S.club_q)
def season_excels(season: int) -> ResponseReturnValue:
    """The tables of all the shows of a season."""
    found = seasons.season(db.session(), season)
    sheet = wanted_sheet()
    entries = (
        (_entry(table.show, key, sheet), _file(table, is_text=sheet == "csv"))
        for key, table in _tables(found)
    )
    return _archive(entries, f"excel_spectacles_{found.nom}")


def _archive(entries: Iterator[tuple[str, bytes]], stem: str) -> Response:
    """Files in one, each made as it leaves."""
    return stream(stream_with_context(archived(entries)), stem=stem, extension="zip")


def _entry(show: str, key: int, extension: str) -> str:
    """The name of a file in an archive: shows of the same name have each their own."""
    return sheets.file_name(f"{show}_{key}", extension)


def _sheets(season: ClubQSeason) -> list[tuple[int, ShowSheet]]:
    found = show_sheets.of_season(db.session(), season)
    return [(one.spectacle.id, _sheet(season, one)) for one in found]


def _tables(season: ClubQSeason) -> list[tuple[int, ShowTable]]:
    found = show_sheets.of_season(db.session(), season)
    return [(one.spectacle.id, _table(season, one)) for one in found]


def _file(table: ShowTable, *, is_text: bool) -> bytes:
    title, columns, rows, facts = tables.show(table)
    if is_text:
        return sheets.csv(columns, rows, facts)
    return sheets.xlsx(title, columns, rows, facts)


def _sheet(season: ClubQSeason, told: Told) -> ShowSheet:
    show = told.spectacle
    return ShowSheet(
        season=season.nom,
        show=show.nom,
        category=show.categorie,
        venue=show.salle.nom if show.salle else "",
        address=show.salle.adresse if show.salle else "",
        at=show.date,
        capacity=show.nb_tickets,
        asked=told.asked,
        is_cancelled=show.cancelled,
        holders=[
            Holder(
                name=_name(one.pceen),
                promo=one.pceen.promo,
                email=one.pceen.email,
                places=one.places,
            )
            for one in told.holders
        ],
        waiting=[
            Waiting(
                name=_name(one.pceen),
                discontent=one.discontent,
                places=one.granted.voeu.places_demandees,
                minimum=one.granted.voeu.places_minimum,
                priority=one.granted.voeu.priorite,
            )
            for one in told.waiting
        ],
    )


def _table(season: ClubQSeason, told: Told) -> ShowTable:
    show = told.spectacle
    return ShowTable(
        season=season.nom,
        show=show.nom,
        unit_price=show.unit_price,
        at=show.date,
        venue=show.salle.nom if show.salle else None,
        offered=show.nb_tickets,
        payers=[
            Payer(
                nom=one.pceen.nom,
                prenom=one.pceen.prenom,
                promo=one.pceen.promo,
                email=one.pceen.email,
                places=one.places,
                amount_cents=one.granted.due_cents,
            )
            for one in told.holders
        ],
    )


def _name(pceen: PCeen) -> str:
    """As lists at the door write it: the last name first, in capitals."""
    return f"{pceen.nom.upper()} {pceen.prenom}"


def _site() -> str:
    return installation.settings().origin


# Invoices


@bp.get("/club_q/pceens/<int:key>/generate_pdf")
@context.permission_only(T.read, S.club_q)
def invoice(key: int) -> ResponseReturnValue:
    """What someone has to pay for a season: theirs once it is published, anybody's for the team.

    Raises:
        NoSuchSeason, NoSuchParticipant: There is none, or nobody may know.
    """
    season, is_staff = around.season(), around.organises()
    if season is None:
        raise NoSuchSeason
    if not (is_staff or key == current.me.id) or not grants.may_know(season, is_staff=is_staff):
        raise NoSuchParticipant
    session = db.session()
    pceen = session.get(PCeen, key) if 0 < key < 2**31 else None
    if pceen is None:
        raise NoSuchParticipant
    wishes = grants.granted_to(session, pceen_id=pceen.id, season=season, is_staff=is_staff)
    found = _invoice(pceen, season, wishes)
    return download(invoice_pdf(found, site=_site()), stem=found.stem, extension="pdf")


def _invoice(pceen: PCeen, season: ClubQSeason, wishes: Sequence[Granted]) -> Invoice:
    settings = installation.settings().club_q
    lines = [
        Line(
            show=one.spectacle.nom,
            at=one.spectacle.date,
            places=one.places,
            unit_price=one.spectacle.unit_price,
        )
        for one in sorted(wishes, key=lambda one: one.spectacle.date)
        if one.places and not one.spectacle.cancelled
    ]
    bill = Bill(
        reference=paying.reference(name=pceen.full_name, promo=pceen.promo, season=season.nom),
        due_cents=sum(one.amount_cents for one in lines),
        account=paying.Account(iban=settings.iban, bic=settings.bic),
    )
    return Invoice(
        username=pceen.username,
        name=pceen.full_name,
        promo=pceen.promo,
        email=pceen.email,
        season=season.nom,
        lines=lines,
        beneficiary=paying.BENEFICIARY,
        reference=bill.reference,
        iban=bill.iban,
        bic=settings.bic if bill.iban else None,
        qr_text=bill.qr_text,
    )
