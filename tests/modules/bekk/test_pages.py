"""The pages of the Bekk: its list, what its editors do, its reader, its files, its search."""

import hashlib
import io
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from bs4 import Tag
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from app.core import clock
from app.enums import DocumentState, PermissionScope as S, PermissionType as T
from app.integrations import documents
from app.integrations.documents import names
from app.integrations.folders import BekkFiles
from app.models import Bekk, BekkPage, PCeen
from app.modules.bekk.effects import RenderBekk
from app.modules.bekk.rules.search import search_key
from app.modules.bekk.service import issues as service
from app.modules.club_q.choices import PROMO_1A
from app.web import documents as books
from app.web.headers import FILE_POLICY
from tests.client import Client, Page
from tests.conftest import Login, Outbox
from tests.factories.community import BekkFactory, editor, reader
from tests.factories.people import PCeenFactory, role_with
from tests.pdfs import locked, pages, pdf

pytestmark = pytest.mark.once

TWO = pdf("Café-théâtre", "Au programme")


@pytest.fixture
def shelf(app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> BekkFiles:
    """Where the site keeps the issues during the test."""
    store = BekkFiles(tmp_path / "bekks")
    store.prepare()
    monkeypatch.setitem(app.extensions, "bekk_files", store)
    return store


@pytest.fixture
def staff(login: Login, shelf: BekkFiles) -> Client:  # where files go
    return login(editor())


@pytest.fixture
def student(login: Login, shelf: BekkFiles) -> Client:  # where files are
    return login(reader())


@pytest.fixture
def cleaned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have PDFs cleaned at once: how they really are, other tests say."""

    def clean(source: Path, target: Path) -> documents.Cleaned:
        content = source.read_bytes()
        target.write_bytes(content)
        count = len(re.findall(rb"/Type /Page\b", content))
        return documents.Cleaned(count, len(content), hashlib.sha256(content).hexdigest())

    monkeypatch.setattr(documents, "clean", clean)


@pytest.fixture
def shelve(shelf: BekkFiles, session: Session) -> Callable[..., Bekk]:
    """Make an issue that can be read, with what its pages say, and its files."""

    def _shelve(*texts: str, **columns: Any) -> Bekk:
        columns = {"state": DocumentState.ready, "shown_revision": 1} | columns
        issue = BekkFactory(page_count=len(texts) or 1, **columns)
        shelf.document_directory(issue.id).mkdir()
        made = [issue.file, names.cover(1)]
        for number, text in enumerate(texts, 1):
            made += [names.page(1, number), names.small(1, number)]
            session.add(
                BekkPage(
                    bekk_id=issue.id,
                    revision=1,
                    number=number,
                    width=1600,
                    height=2263,
                    text=text,
                    text_key=search_key(text),
                )
            )
        session.commit()
        for name in made:
            shelf.document(issue.id, name).write_bytes(b"%PDF-" if name == issue.file else b"W")
        return issue

    return _shelve


Shelve = Callable[..., Bekk]


def send(
    client: Client,
    path: str,
    content: bytes | None,
    *,
    script: bool = False,
    **fields: Any,
) -> TestResponse:
    """Send the form of an issue, with a PDF or without."""
    typed: dict[str, Any] = {"name": "Spécial gala", "promo": "144", "date": "2026-06-01"} | fields
    if content is not None:  # in memory: a large one would be in a file that the client leaves open
        typed["pdf_file"] = FileStorage(io.BytesIO(content), "Bekk d'été.pdf")
    boundary, body = encode_multipart(typed)
    return client.post(
        path,
        data=body,
        content_type=f"multipart/form-data; boundary={boundary}",
        headers={"Accept": "application/json"} if script else {},
    )


def publish(client: Client, content: bytes | None = TWO, **fields: Any) -> TestResponse:
    return send(client, "/bekk/new", content, **fields)


def only(session: Session) -> Bekk:
    session.commit()  # what others commit meanwhile is not within what this one rolls back
    return session.scalars(sa.select(Bekk)).one()


def stored(shelf: BekkFiles) -> list[str]:
    assert list(shelf.unfinished()) == []
    return sorted(file.path.name for file in shelf.files())


def titles(page: Page) -> list[str]:
    return page.texts(".issue .issue-name")


# The list


def test_an_issue_is_a_card_with_its_cover_its_date_and_its_files(
    student: Client, shelve: Shelve
) -> None:
    issue = shelve("a", "b", name="Le Bekk <de> rentrée", date=date(2026, 9, 14), promo=144)

    page = student.open_page("/bekk?promo=144")

    assert titles(page) == ["Le Bekk <de> rentrée"]
    assert page.text(".issue-note") == "14 septembre 2026 · Promo 144 · 2 pages"
    cover = page.html.select_one("img.issue-cover")
    assert (cover["width"], cover["height"], cover["loading"]) == ("1600", "2263", "lazy")
    assert cover["src"].startswith(f"/bekks/{issue.id}/r1-cover.webp?md5=")
    assert page.html.select_one("a[download]")["download"] == "bekk.pdf"
    assert page.html.select("main form:not([role=search])") == []
    assert page.html.select("dialog") == []


def test_one_reads_those_of_a_promo_or_all_the_latest_first(
    student: Client, session: Session
) -> None:
    PROMO_1A.set(session, 145)
    session.commit()
    for name, promo, day in (("A", 143, 1), ("B", 144, 2), ("C", 144, 3), ("D", 144, 3)):
        BekkFactory(name=name, promo=promo, date=date(2026, 5, day))

    def shown(query: str) -> list[str]:
        return titles(student.open_page(f"/bekk{query}"))

    assert shown("") == ["D", "C", "B"]
    assert shown("?promo=x") == shown("?promo=-1") == shown("?promo=1e1") == ["D", "C", "B"]
    assert shown("?promo=0") == ["D", "C", "B", "A"]
    assert shown("?promo=143") == ["A"]
    assert shown("?promo=12") == []
    assert shown("?promo=0&page=999999") == ["D", "C", "B", "A"]
    page = student.open_page("/bekk")
    assert page.texts(".tabs a") == ["Tous les numéros", "144", "143"]
    assert page.texts(".tabs [aria-current]") == ["144"]


def test_without_an_issue_it_says_so(student: Client) -> None:
    page = student.open_page("/bekk")

    assert page.text(".empty") == "Pas encore de numéro."
    assert page.html.select(".tabs, .search, dialog") == []


def test_sixty_issues_are_read_with_few_statements(
    student: Client, session: Session, queries: list[str]
) -> None:
    for _number in range(61):
        issue = BekkFactory(state=DocumentState.ready, shown_revision=1)
        session.add(
            BekkPage(bekk_id=issue.id, revision=1, number=1, width=1600, height=2263, text="")
        )
    session.commit()
    student.open_page("/contact")
    queries.clear()
    student.open_page("/legal")
    everywhere = len(queries)  # who is there, and what they may open
    queries.clear()

    page = student.open_page("/bekk?promo=144")

    assert len(queries) - everywhere <= 6, "\n".join(queries)
    assert len(page.html.select("img.issue-cover[loading=lazy]")) == 60
    assert page.html.select("main [src*='.pdf'], object, embed, iframe") == []
    assert page.text(".pager-total") == "61 résultats"


def test_one_that_is_being_made_tells_how_far_it_is(student: Client, shelf: BekkFiles) -> None:
    issue = BekkFactory(page_count=3)
    shelf.document_directory(issue.id).mkdir()
    shelf.document(issue.id, names.page(1, 1)).touch()

    page = student.open_page("/bekk?promo=0")

    card = page.text(".issue")
    assert "en préparation" in card
    assert "1 sur 3 pages" in card
    assert page.html.select("img.issue-cover") == []
    address = page.html.select_one("[data-bekk-progress]")["data-bekk-progress"]
    answer = student.get(address)
    assert answer.json is not None
    assert (answer.json["state"], answer.json["is_over"]) == ("processing", False)
    assert (answer.json["done"], answer.json["total"]) == (1, 3)
    assert student.get("/api/bekk/999").status_code == 404


def test_only_editors_are_told_why_one_cannot_be_read(student: Client, login: Login) -> None:
    issue = BekkFactory(state=DocumentState.failed, error="Undecodable 1-8")

    assert "abîmé" not in student.open_page("/bekk?promo=0").text(".issue")
    page = login(editor()).open_page("/bekk?promo=0")

    assert page.text(".issue-failure") == (
        "Ce PDF est abîmé ou incomplet : exportez-le à nouveau. (Pages 1-8.)"
    )
    assert page.html.select(f"form[action='/bekk/{issue.id}/retry']")


def test_the_introduction_is_on_top_and_editors_change_it(staff: Client, login: Login) -> None:
    page = staff.submit("/bekk/edit_text", content="Bonjour **à tous**", version="0")

    assert page.flashes == ["Le texte est en ligne."]
    assert page.text(".introduction strong") == "à tous"
    student = login(reader())
    assert "Modifier" not in student.open_page("/bekk").text(".introduction")
    assert student.get("/bekk/edit_text").status_code == 403


# Publishing


@pytest.mark.usefixtures("cleaned")
def test_an_issue_is_published_then_drawn_then_read(
    staff: Client, shelf: BekkFiles, session: Session, outbox: Outbox
) -> None:
    answer = publish(staff)

    assert (answer.status_code, answer.location) == (303, "/bekk?promo=144")
    page = staff.open_page("/bekk?promo=144")
    assert page.flashes == ["Le numéro est enregistré : ses pages se préparent."]
    assert titles(page) == ["Spécial gala"]
    made = only(session)
    assert (made.date, made.page_count, made.state) == (
        date(2026, 6, 1),
        2,
        DocumentState.processing,
    )
    assert stored(shelf) == [made.file]
    waiting = staff.open_page(f"/bekk/reader/{made.id}")
    assert "ne se lisent pas encore" in waiting.text("main")
    assert waiting.html.select_one("main a[download]")["download"] == "Bekk d'été.pdf"

    session.commit()
    (effect,) = outbox()
    assert effect == RenderBekk(issue=made.id, revision=1)
    service.render(session, effect, shelf)

    book = staff.open_page(f"/bekk/reader/{made.id}")
    assert book.texts("[data-reader-text]") == ["Café-théâtre", "Au programme"]
    for image in book.html.select(".reader-page img"):
        with staff.get(image["src"]) as answer:
            assert (answer.status_code, answer.mimetype) == (200, "image/webp")
    with staff.get(book.html.select_one("a[download]")["href"]) as answer:
        assert answer.data.startswith(b"%PDF-")
    found = staff.open_page("/bekk/search?q=cafe-theatre")
    assert found.text(".bekk-hits mark") == "Café-théâtre"


@pytest.mark.parametrize(
    ("content", "status", "why"),
    [
        (b"", 415, "Ce fichier n'est pas un PDF."),
        (b"<html><script>alert(1)</script>", 415, "Ce fichier n'est pas un PDF."),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 99, 415, "Ce fichier n'est pas un PDF."),
        (locked(TWO), 422, "Ce PDF est protégé par un mot de passe"),
        (pages(501), 422, "Ce PDF doit avoir entre 1 et 500 pages."),
        (TWO[:300], 422, "Ce PDF est abîmé ou incomplet"),
    ],
    ids=["empty", "html", "png", "locked", "501", "cut"],
)
def test_anything_else_is_refused_and_nothing_is_kept(
    staff: Client, shelf: BekkFiles, session: Session, content: bytes, status: int, why: str
) -> None:
    answer = publish(staff, content)

    assert answer.status_code == status
    page = Page(answer)
    assert why in page.text("#pdf_file-errors")
    assert page.html.select_one("#name")["value"] == "Spécial gala"
    assert stored(shelf) == []
    assert session.scalars(sa.select(Bekk)).all() == []


def test_one_byte_too_many_is_refused(
    staff: Client, shelf: BekkFiles, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = publish(staff, b"%PDF-" + bytes(documents.LARGEST - 4))

    assert answer.status_code == 413
    assert "100 Mo au plus" in answer.text
    assert stored(shelf) == []
    length = {"CONTENT_LENGTH": "101000001"}
    kind = "multipart/form-data; boundary=x"
    for path in ("/bekk/new", f"/bekk/{BekkFactory().id}/edit"):
        answer = staff.post(path, data=b"", environ_overrides=length, content_type=kind)
        assert answer.status_code == 413


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("name", ""),
        ("name", "x" * 121),
        ("promo", "abc"),
        ("promo", "0"),
        ("promo", "1000"),
        ("promo", ""),
        ("date", "2026-02-30"),
        ("date", ""),
    ],
)
def test_what_is_typed_wrong_is_told_next_to_its_field(
    staff: Client, session: Session, field: str, typed: str
) -> None:
    answer = publish(staff, TWO, **{field: typed})

    assert answer.status_code == 422
    assert Page(answer).html.select(f"#{field}-errors")
    assert session.scalars(sa.select(Bekk)).all() == []


def test_the_day_is_today_unless_one_says_otherwise(staff: Client) -> None:
    field = staff.open_page("/bekk").html.select_one("#new-date")

    assert field["value"] == clock.today().isoformat()
    assert Page(publish(staff, None)).text("#pdf_file-errors") == "Choisissez un fichier."


@pytest.mark.usefixtures("cleaned")
def test_the_same_form_twice_publishes_one_issue(staff: Client, session: Session) -> None:
    for _time in range(2):
        assert publish(staff, idempotency_key="k").status_code == 303

    assert only(session).revision == 1


@pytest.mark.usefixtures("cleaned")
def test_a_script_is_answered_in_json(staff: Client, session: Session) -> None:
    refused = publish(staff, None, script=True, promo="x")
    assert refused.status_code == 422
    assert refused.json is not None
    assert refused.json["errors"] == {
        "promo": ["Écrivez un nombre entier, en chiffres."],
        "pdf_file": ["Choisissez un fichier."],
    }

    assert publish(staff, script=True).json == {"next": "/bekk?promo=144"}
    issue = only(session)
    path = f"/bekk/{issue.id}/edit"
    stale = send(staff, path, TWO, script=True, version="7")
    assert stale.status_code == 409
    assert stale.json is not None
    assert stale.json["hidden"] == {"version": "1"}
    assert "Quelqu'un d'autre" in stale.json["general"][0]
    assert send(staff, path, TWO, script=True, version="1").json == {"next": "/bekk?promo=144"}


# Changing


@pytest.mark.usefixtures("cleaned")
def test_an_issue_is_changed_with_its_pdf_or_without(
    staff: Client, session: Session, shelve: Shelve
) -> None:
    issue = shelve("Un", "Deux", name="Avant", promo=144)
    path = f"/bekk/{issue.id}/edit"
    page = staff.open_page(path)
    assert page.html.select_one("#name")["value"] == "Avant"
    assert "bekk.pdf" in page.text("main > p")

    assert send(staff, path, None, name="Après", promo="143", version="1").status_code == 303
    session.expire_all()
    assert (only(session).name, only(session).promo, only(session).revision) == ("Après", 143, 1)
    same = {"name": "Après", "promo": "143", "version": "2"}
    assert send(staff, path, None, **same).status_code == 303
    assert staff.open_page("/bekk?promo=143").flashes == [
        "Le numéro est modifié.",
        "Rien n'a changé.",
    ]

    send(staff, path, pdf("Une seule page"), **same)
    session.expire_all()
    assert (only(session).revision, only(session).page_count) == (2, 1)
    book = staff.open_page(f"/bekk/reader/{issue.id}")
    assert book.texts("[data-reader-text]") == ["Un", "Deux"]


def test_a_change_upon_another_is_refused_and_keeps_what_was_typed(
    staff: Client, session: Session
) -> None:
    issue = BekkFactory(name="Le leur", version=2)

    answer = send(staff, f"/bekk/{issue.id}/edit", None, name="Le mien", version="1")

    assert answer.status_code == 409
    page = Page(answer)
    assert page.html.select_one("#name")["value"] == "Le mien"
    assert "Valeur actuelle : Le leur" in page.text("#name-errors")
    assert only(session).name == "Le leur"


def test_a_deletion_names_the_issue_and_takes_all_along(
    staff: Client, session: Session, shelve: Shelve
) -> None:
    issue = shelve("Un", name="Adieu")
    key = issue.id
    form = staff.open_page("/bekk?promo=0").html.select_one(f"form[action='/bekk/{key}/delete']")
    assert "« Adieu » (promo 144)" in form["data-confirm"]

    page = staff.submit(f"/bekk/{key}/delete")

    assert page.flashes == ["« Adieu » est supprimé."]
    assert titles(page) == []
    assert session.scalars(sa.select(BekkPage)).all() == []
    staff.open_page(f"/bekk/reader/{key}", status=404)
    assert staff.post(f"/bekk/{key}/delete").status_code == 404
    assert staff.get(f"/bekk/{key}/edit").status_code == 404


def test_one_that_failed_is_tried_again_once(
    staff: Client, session: Session, outbox: Outbox
) -> None:
    issue = BekkFactory(state=DocumentState.failed, error="TooSlow")

    page = staff.submit(f"/bekk/{issue.id}/retry")
    assert page.flashes == ["Les pages se préparent de nouveau."]
    assert outbox() == [RenderBekk(issue=issue.id, revision=1)]
    assert "est prêt, ou" in staff.submit(f"/bekk/{issue.id}/retry").flashes[0]
    assert len(outbox()) == 1


@pytest.mark.parametrize(
    "visitor", [reader, lambda: PCeenFactory(roles=[role_with((T.all, S.club_q))])]
)
def test_only_editors_change_anything(
    login: Login, session: Session, shelve: Shelve, visitor: Callable[[], PCeen]
) -> None:
    issue = shelve("Un")
    client = login(visitor())

    for path in ("new", *(f"{issue.id}/{verb}" for verb in ("edit", "retry", "delete"))):
        assert client.post(f"/bekk/{path}", data={"name": "x"}).status_code == 403
    assert only(session).version == 1


# Reading


@pytest.mark.parametrize("key", ["999", "-1", "0", "x", "9" * 30])
def test_what_is_not_there_is_not_found(student: Client, key: str) -> None:
    student.open_page(f"/bekk/reader/{key}", status=404)
    assert student.get(f"/bekk/files/{key}/r1-cover.webp").status_code == 404
    assert student.get(f"/api/bekk/{key}/texts").status_code == 404


def test_an_issue_whose_file_was_removed_by_hand_is_not_found(
    student: Client, shelf: BekkFiles, shelve: Shelve
) -> None:
    issue = shelve("Un")
    shelf.document(issue.id, issue.file).unlink()

    student.open_page(f"/bekk/reader/{issue.id}", status=404)
    assert titles(student.open_page("/bekk?promo=0")) == [issue.name]


def test_each_page_carries_its_text(student: Client, shelve: Shelve) -> None:
    issue = shelve("Un <b>", "", "Trois", name="Le Bekk d'hiver", promo=143)

    page = student.open_page(f"/bekk/reader/{issue.id}")

    assert page.text("h1").startswith("Le Bekk d'hiver Promo 143")
    assert page.texts("[data-reader-text]") == ["Un <b>", "", "Trois"]
    assert [one["id"] for one in page.html.select(".reader-page")] == ["page=1", "page=2", "page=3"]
    eager: list[Tag] = page.html.select(".reader-page img[loading=eager]")
    assert len(eager) == 1
    assert page.html.select_one(".reader-words")["href"] == "/bekk?promo=143"
    assert page.html.select("[data-texts]") == []


def test_the_text_of_a_long_one_comes_apart(
    student: Client, shelve: Shelve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(books, "_WORDY", 10)
    issue = shelve("Un long texte", "Un autre")

    page = student.open_page(f"/bekk/reader/{issue.id}")

    assert page.texts("[data-reader-text]") == ["", ""]
    answer = student.get(page.html.select_one("[data-texts]")["data-texts"])
    assert answer.json == {"texts": {"1": "Un long texte", "2": "Un autre"}}


# Their files


def test_the_link_of_one_opens_no_other(student: Client, shelve: Shelve) -> None:
    first, second = shelve("Un"), shelve("Deux")
    page = student.open_page("/bekk?promo=0")
    links = [one["href"] for one in page.html.select(".issue a[download]")]
    tokens = {urlsplit(link).path.split("/")[2]: urlsplit(link).query for link in links}

    def asked(issue: Bekk, given: str) -> int:
        with student.get(f"/bekks/{issue.id}/{issue.file}?{given}") as answer:
            return answer.status_code

    assert asked(first, tokens[str(first.id)]) == 200
    assert asked(second, tokens[str(second.id)]) == 200
    assert asked(second, tokens[str(first.id)]) == 302
    assert asked(first, "") == 302
    with student.get(f"/bekks/{first.id}/{names.cover(7)}?{tokens[str(first.id)]}") as answer:
        assert answer.status_code == 404


def test_the_gate_gives_a_new_link_to_who_may_read(
    login: Login, client: Client, shelve: Shelve
) -> None:
    issue = shelve("Un")
    gate, door = f"/bekk/files/{issue.id}/{issue.file}", f"/bekks/{issue.id}/{issue.file}"

    for path in (gate, f"/bekk/reader/{issue.id}"):
        answer = client.get(path)
        assert answer.status_code == 302
        assert f"next={path}" in answer.location.replace("%2F", "/")
    student = login(reader())
    with student.get(f"{door}?md5=x&expires=1", follow_redirects=True) as answer:
        assert answer.data.startswith(b"%PDF-")
        assert answer.headers["Content-Security-Policy"] == FILE_POLICY
    stranger = login(PCeenFactory())
    assert stranger.get(gate).status_code == 403
    assert stranger.get(door, follow_redirects=True).status_code == 403


# Searching


def test_words_are_found_by_issue_with_what_stands_around(student: Client, shelve: Shelve) -> None:
    first = shelve("Rien", "Au <b>Café</b> & ailleurs", name="Un", date=date(2026, 1, 1))
    shelve("À cent % d'accord", name="Le café noir", date=date(2026, 2, 1))

    page = student.open_page("/bekk/search?q=cafe")

    assert page.texts(".bekk-found h2") == ["Le café noir", "Un"]
    assert page.texts(".bekk-hits li") == ["Page 2 Au <b> Café </b> & ailleurs"]
    assert page.text("mark") == "Café"
    link = page.html.select_one(".bekk-hits a")["href"]
    assert link == f"/bekk/reader/{first.id}?q=cafe#page=2"
    assert student.open_page("/bekk/search?q=cent %25").texts(".bekk-found h2") == ["Le café noir"]
    assert student.open_page("/bekk/search?q=c%25f").texts(".bekk-found h2") == []


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("q=a", "Écrivez au moins deux lettres."),
        ("q=zzz&promo=x&page=-4", "« zzz » ne se trouve dans aucun numéro."),
        ("q=<script>", "« <script> » ne se trouve dans aucun numéro."),
    ],
)
def test_nothing_is_found_with_a_sentence(
    student: Client, shelve: Shelve, query: str, sentence: str
) -> None:
    shelve("Un")

    assert student.open_page(f"/bekk/search?{query}").text(".empty") == sentence


@pytest.mark.parametrize("query", ["", "?q=", "?q=%00", "?q=++", f"?q={'x' * 500}", "?promo=144"])
def test_any_search_is_answered(student: Client, query: str) -> None:
    student.open_page(f"/bekk/search{query}")


def test_one_looks_in_a_promo(student: Client, shelve: Shelve) -> None:
    shelve("Un mot", name="A", promo=143)
    shelve("Un mot", name="B", promo=144)

    page = student.open_page("/bekk/search?q=mot&promo=143")

    assert page.texts(".bekk-found h2") == ["A"]
    assert page.texts("option[selected]") == ["143"]


# The home page


def home(client: Client) -> tuple[str, list[str]]:
    """What the card says, and where it leads."""
    cards = [
        card
        for card in client.open_page("/").html.select("main .card")
        if card.select_one(".card-title").get_text(strip=True) == "Bekk"
    ]
    if not cards:
        return "", []
    text = " ".join(cards[0].get_text(" ", strip=True).split())
    return text, [link["href"] for link in cards[0].select("a")]


def test_the_home_page_tells_of_the_latest_issue(login: Login, student: Client) -> None:
    assert home(student) == ("Bekk Pas encore de numéro.", [])

    june = BekkFactory(name="Juin", date=date(2026, 6, 1), promo=143)
    BekkFactory(name="Janvier", date=date(2026, 1, 1))

    text, links = home(student)
    assert "Juin Promo 143 · 1 juin 2026 · 2 numéros" in text
    assert links == ["/bekk", f"/bekk/reader/{june.id}", "/bekk?promo=0"]
    assert home(login(PCeenFactory())) == ("", [])
