"""What Club Q gives out, read again: tables, sheets of shows, invoices, archives."""

import csv
import re
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any
from zipfile import ZipFile

import pytest
from flask import Flask
from openpyxl import load_workbook
from pypdf import PdfReader
from sqlalchemy.orm import Session

from app.models import ClubQAccount, ClubQSeason, ClubQSpectacle, ClubQVoeu, PCeen
from app.modules.club_q.rules import paying
from app.modules.club_q.rules.paying import Account, Bill
from tests.client import Client
from tests.conftest import Login
from tests.factories import PCeenFactory
from tests.factories.club_q import (
    SalleFactory,
    SeasonFactory,
    SpectacleFactory,
    grant,
    make_current,
    organiser,
    participant,
    wish,
)

pytestmark = pytest.mark.once

HOSTILE = "<b>A & Ω/é =1"


@pytest.fixture
def season(session: Session) -> ClubQSeason:
    return make_current(SeasonFactory(nom="Printemps/été"))


@pytest.fixture
def staff(login: Login, season: ClubQSeason) -> Client:
    return login(organiser())


def show(season: ClubQSeason, nom: str = "Carmen", **columns: Any) -> ClubQSpectacle:
    return SpectacleFactory(season_id=season.id, nom=nom, **columns)


def sheet(content: bytes) -> list[list[Any]]:
    """The rows of a workbook, without what is empty at their ends."""
    rows = []
    for row in load_workbook(BytesIO(content)).active.iter_rows(values_only=True):
        cells = list(row)
        while cells and cells[-1] is None:
            cells.pop()
        rows.append(cells)
    return rows


def words(content: bytes) -> str:
    """What a PDF says, blanks made plain."""
    pages = PdfReader(BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


def download(client: Client, path: str) -> tuple[bytes, str]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    name = re.search(r"filename\*=UTF-8''([^;]+)", answer.headers["Content-Disposition"])
    assert name is not None
    return answer.data, name[1]


def path_of(spectacle: ClubQSpectacle, what: str) -> str:
    return f"/club_q/spectacles/{spectacle.id}/{what}"


# Payments


def test_the_payments_say_who_has_to_pay_what_by_name(
    staff: Client, season: ClubQSeason, session: Session
) -> None:
    carmen, free = show(season), show(season, unit_price=0, nb_tickets=3)
    show(season, nb_tickets=99, cancelled=True)
    ada = participant(prenom="Ada", nom="Lovelace", promo=None, email="ada@example.org")
    grant(wish(ada, carmen, 1, 3), 2)
    grant(wish(ada, free, 2), 1)
    grant(wish(participant(prenom="=1+1", nom="Abel"), carmen), 1)
    grant(wish(participant(), carmen), 0)

    content, name = download(staff, "/club_q/pceens/generate_excel")
    text, _name = download(staff, "/club_q/pceens/generate_excel?format=csv")

    assert name == "club_q_payements_Printemps-%C3%A9t%C3%A9.xlsx"
    rows = sheet(content)
    assert rows[:7] == [
        ["Saison", "Printemps/été"],
        ["Début"],
        ["Fin"],
        ["Spectacles", 2],
        ["Personnes", 2],
        ["Places proposées", 13],
        ["Places vendues", 4],
    ]
    head = ["NOM", "Prénom", "Promo", "Mail", "Places", "À payer", "Payé ?"]
    assert rows[8] == head
    assert rows[9][:3] == ["ABEL", "=1+1", 140]
    assert rows[10] == ["LOVELACE", "Ada", None, "ada@example.org", 3, 30]
    assert rows[11] == ["Total", None, None, None, 4, 45]
    cells = load_workbook(BytesIO(content)).active
    assert all(one.data_type != "f" and one.hyperlink is None for row in cells for one in row)
    lines = list(csv.reader(StringIO(text.decode("utf-8-sig")), delimiter=";"))
    assert len(lines) == len(rows)
    assert lines[8] == head
    assert lines[9][1] == "'=1+1"


# Shows


def test_the_table_of_a_show_has_those_who_go_there_and_nobody_else(
    staff: Client, season: ClubQSeason
) -> None:
    venue = SalleFactory(nom="Opéra Bastille")
    carmen, other = show(season, "Carmen", salle_id=venue.id), show(season, "Norma")
    ada = participant(prenom="Ada", nom="Lovelace")
    grant(wish(ada, carmen, 1, 2), 2)
    grant(wish(ada, other, 2), 1)
    grant(wish(participant(nom="Elsewhere"), other), 1)
    grant(wish(participant(nom="Refused"), carmen), 0)

    content, name = download(staff, path_of(carmen, "generate_excel"))

    rows = sheet(content)
    assert name == "club_q_Carmen.xlsx"
    assert ["Salle", "Opéra Bastille"] in rows
    assert ["Places vendues", 2] in rows
    head = rows.index(["NOM", "Prénom", "Promo", "Mail", "Places", "Montant"])
    assert rows[head + 1][:2] == ["LOVELACE", "Ada"]
    assert rows[head + 1][4:] == [2, 30]
    assert rows[head + 2] == ["Total", None, None, None, 2, 30]
    assert len(rows) == head + 3


def test_the_sheet_of_a_show_says_who_goes_then_who_waits(
    staff: Client, season: ClubQSeason, session: Session
) -> None:
    venue = SalleFactory(nom="Opéra <Bastille>", adresse="Place de la Bastille")
    carmen = show(season, HOSTILE, salle_id=venue.id, categorie="Opéra & ballet")
    grant(wish(participant(prenom="Ada", nom="<i>Lovelace"), carmen, 1, 2), 2)
    for nom, level, granted in (("Calm", "-3.3", 0), ("Angry", "7.3", None)):
        waiting = participant(nom=nom)
        voeu = wish(waiting, carmen, 1, 4, 2)
        if granted is not None:
            grant(voeu, granted)
        session.add(ClubQAccount(pceen_id=waiting.id, discontent=Decimal(level)))
    session.commit()

    content, _name = download(staff, path_of(carmen, "generate_pdf"))

    said = words(content)
    assert HOSTILE in said
    for part in (
        "Opéra <Bastille>",
        "Place de la Bastille",
        "Opéra & ballet",
        "<I>LOVELACE Ada",
        "Places demandées 10",
        "Places attribuées 2",
        "Page 1 sur 1",
    ):
        assert part in said, said
    assert re.search(r"7,3 ANGRY Marie 4 2 1 -3,3 CALM Marie 4 2 1", said), said


def test_a_hundred_holders_are_a_hundred_lines_on_numbered_pages(
    staff: Client, season: ClubQSeason, session: Session
) -> None:
    carmen = show(season, nb_tickets=500)
    people = [PCeenFactory.build(nom=f"Holder{n:03}") for n in range(100)]
    session.add_all(people)
    session.flush()
    wishes = [
        ClubQVoeu(
            pceen_id=one.id,
            spectacle_id=carmen.id,
            season_id=season.id,
            priorite=1,
            places_demandees=1,
        )
        for one in people
    ]
    session.add_all(wishes)
    session.commit()
    for one in wishes:
        grant(one, 1)

    content, _name = download(staff, path_of(carmen, "generate_pdf"))

    pages = PdfReader(BytesIO(content)).pages
    found = re.findall(r"HOLDER(\d{3}) ", words(content))
    assert found == [f"{n:03}" for n in range(100)]
    assert len(pages) > 2
    for number, page in enumerate(pages, start=1):
        assert f"Page {number} sur {len(pages)}" in " ".join(page.extract_text().split())
    assert sum("Promo Mail Places" in " ".join(p.extract_text().split()) for p in pages) > 1


def test_the_archives_have_a_file_for_each_show_of_the_season_even_of_the_same_name(
    staff: Client, season: ClubQSeason
) -> None:
    shows = [show(season, "Carmen"), show(season, "Carmen"), show(season, "A/B 🎭")]
    show(SeasonFactory(), "Elsewhere")

    pdfs, name = download(staff, f"/club_q/spectacles/{season.id}/export_pdfs")
    tables, _name = download(staff, f"/club_q/spectacles/{season.id}/generate_excels")
    texts, _name = download(staff, f"/club_q/spectacles/{season.id}/generate_excels?format=csv")

    assert name == "pdf_spectacles_Printemps-%C3%A9t%C3%A9.zip"
    stems = [f"{one.nom.replace('/', '-')}_{one.id}" for one in shows]
    for content, ending in ((pdfs, "pdf"), (tables, "xlsx"), (texts, "csv")):
        with ZipFile(BytesIO(content)) as archive:
            assert archive.testzip() is None
            assert archive.namelist() == [f"{stem}.{ending}" for stem in stems]
    with ZipFile(BytesIO(pdfs)) as archive:
        assert "Personne n'attend." in words(archive.read(archive.namelist()[0]))
    with ZipFile(BytesIO(tables)) as archive:
        rows = sheet(archive.read(archive.namelist()[2]))
        assert ["Spectacle", "A/B 🎭"] in rows
        assert ["Salle"] in rows
        assert rows[-1] == ["Total", None, None, None, 0, 0]


def test_an_archive_of_many_shows_takes_few_statements(
    staff: Client, season: ClubQSeason, queries: list[str]
) -> None:
    shows = [show(season) for _number in range(12)]
    for rank, one in enumerate(shows, start=1):
        grant(wish(participant(), one), 1)
        assert rank
    staff.get("/club_q/voeux")
    queries.clear()

    download(staff, f"/club_q/spectacles/{season.id}/generate_excels")

    assert len(queries) <= 12, "\n".join(queries)


@pytest.mark.parametrize(
    "path",
    [
        "/club_q/spectacles/{key}/generate_pdf",
        "/club_q/spectacles/{key}/generate_excel",
        "/club_q/spectacles/{key}/export_pdfs",
        "/club_q/spectacles/{key}/generate_excels",
        "/club_q/pceens/{key}/generate_pdf",
    ],
)
def test_what_is_not_there_has_no_file(staff: Client, path: str) -> None:
    for key in ("0", "999999", "9" * 30):
        assert staff.get(path.format(key=key)).status_code == 404


# Invoices


@pytest.fixture
def ada(season: ClubQSeason) -> PCeen:
    ada = participant(username="alovelac", prenom="Ada", nom="<b>Lovelace", promo=145)
    grant(wish(ada, show(season, "Carmen"), 1, 3), 2)
    grant(wish(ada, show(season, "Norma", cancelled=True), 2), 1)
    grant(wish(ada, show(season, "Tosca"), 3), 0)
    wish(ada, show(season, "Aïda"), 4)
    return ada


def publish(season: ClubQSeason, session: Session) -> None:
    season.attributions_visible = True
    session.commit()


def test_an_invoice_says_what_one_owes_for_the_places_that_one_has(
    login: Login, season: ClubQSeason, ada: PCeen, session: Session
) -> None:
    publish(season, session)

    content, name = download(login(ada), f"/club_q/pceens/{ada.id}/generate_pdf")

    said = words(content)
    assert name == "club_q_alovelac.pdf"
    for part in ("Ada <b>Lovelace", "145", "Carmen", "15,00 €", "Total à payer 2 30,00 €"):
        assert part in said, said
    for part in ("Norma", "Tosca", "Aïda", "virement"):
        assert part not in said
    assert "Ada b Lovelace - 145 - Printemps/ete" in said


def test_an_invoice_says_where_to_transfer_with_a_code(
    app: Flask, login: Login, season: ClubQSeason, ada: PCeen, session: Session, monkeypatch: Any
) -> None:
    publish(season, session)
    settings = app.extensions["settings"]
    paid = settings.club_q.model_copy(update={"iban": "FR7630006000011234567890189", "bic": None})
    monkeypatch.setitem(app.extensions, "settings", settings.model_copy(update={"club_q": paid}))

    content, _name = download(login(ada), f"/club_q/pceens/{ada.id}/generate_pdf")

    assert "FR76 3000 6000 0112 3456 7890 189" in words(content)
    assert sum(len(page.images) for page in PdfReader(BytesIO(content)).pages) == 1


def test_before_publication_nobody_but_the_team_has_an_invoice(
    login: Login, season: ClubQSeason, ada: PCeen, session: Session
) -> None:
    path = f"/club_q/pceens/{ada.id}/generate_pdf"

    assert login(ada).get(path).status_code == 404
    assert login(organiser()).get(path).status_code == 200


def test_the_invoice_of_another_is_missing_for_who_only_wishes(
    login: Login, season: ClubQSeason, ada: PCeen, session: Session
) -> None:
    publish(season, session)

    assert login(participant()).get(f"/club_q/pceens/{ada.id}/generate_pdf").status_code == 404


@pytest.mark.parametrize(
    ("name", "promo", "said"),
    [
        ("Ada Lovelace", 145, "Ada Lovelace - 145 - Printemps"),
        ("Élodie 🎭 Ødegård", None, "Elodie :performing arts: Odegard - Printemps"),
        ("A" * 200, 145, "A" * 140),
    ],
)
def test_a_reference_is_in_letters_that_banks_take(name: str, promo: int, said: str) -> None:
    assert paying.reference(name=name, promo=promo, season="Printemps") == said


def test_there_is_no_code_for_nothing_to_pay_nor_without_an_account() -> None:
    account = Account(iban="FR7630006000011234567890189")

    assert Bill(reference="x", due_cents=100, account=Account()).qr_text is None
    assert Bill(reference="x", due_cents=0, account=account).qr_text is None
    assert "EUR1.00" in (Bill(reference="x", due_cents=100, account=account).qr_text or "")
