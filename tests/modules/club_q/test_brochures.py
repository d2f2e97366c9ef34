import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from app.core import clock
from app.enums import DocumentState, PermissionScope as S, PermissionType as T
from app.integrations import documents
from app.integrations.club_q_files import ClubQFiles
from app.integrations.documents import TooSlow, Undecodable, keeping, names
from app.models import ClubQBrochure, ClubQBrochurePage, ClubQSeason
from app.modules.club_q.effects import RenderBrochure, SweepBrochure
from app.modules.club_q.errors import ClubQFolderSuspicious
from app.modules.club_q.service import brochures as service
from app.web.headers import FILE_POLICY
from tests.client import Client, Page
from tests.conftest import Login, Outbox
from tests.factories.club_q import SeasonFactory, make_current, organiser, participant
from tests.factories.people import PCeenFactory, role_with
from tests.pdfs import draw_at_once, locked, pdf

pytestmark = pytest.mark.once

LIST = "/club_q/plaquettes"
TWO = pdf("Café-théâtre", "Au programme")


@pytest.fixture
def shelf(app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ClubQFiles:
    """Where the site keeps the files of Club Q during the test."""
    store = ClubQFiles(tmp_path / "club_q")
    store.prepare()
    monkeypatch.setitem(app.extensions, "club_q_files", store)
    return store


@pytest.fixture
def season() -> ClubQSeason:
    return make_current(SeasonFactory(nom="Automne"))


@pytest.fixture
def staff(login: Login, shelf: ClubQFiles) -> Client:  # where files go
    return login(organiser())


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have PDFs cleaned and drawn at once."""
    draw_at_once(monkeypatch)


def send(
    client: Client, season: ClubQSeason, content: bytes, *, name: str = "q.pdf", status: int = 200
) -> Page:
    """Send the brochure of a season, and read the page that follows."""
    page = client.open_page(LIST)
    key = page.html.select_one("#new [name=idempotency_key]")["value"]
    # in memory: a large one would be in a file that the client leaves open
    fields = {
        "season": str(season.id),
        "idempotency_key": key,
        "pdf_file": FileStorage(io.BytesIO(content), name),
    }
    boundary, body = encode_multipart(fields)
    answer = client.post(
        LIST,
        data=body,
        content_type=f"multipart/form-data; boundary={boundary}",
        follow_redirects=True,
    )
    assert answer.status_code == status, answer.text
    return Page(answer)


def only(session: Session) -> ClubQBrochure:
    session.commit()  # what others commit meanwhile is not within what this one rolls back
    return session.scalars(sa.select(ClubQBrochure)).one()


def work(session: Session, shelf: ClubQFiles, outbox: Outbox) -> None:
    """Draw what waits to be."""
    session.commit()
    waiting = [effect for effect in outbox() if isinstance(effect, RenderBrochure)]
    service.render(session, waiting[-1], shelf)


def stored(shelf: ClubQFiles) -> list[str]:
    assert list(shelf.unfinished()) == []
    return sorted(file.path.name for file in shelf.files())


# One comes


def test_a_brochure_is_checked_then_drawn_then_read(
    staff: Client, shelf: ClubQFiles, session: Session, season: ClubQSeason, outbox: Outbox
) -> None:
    page = send(staff, season, TWO, name="Plaquette d'été.pdf")

    assert page.flashes == ["La plaquette est enregistrée : ses pages se préparent."]
    assert page.texts(".issue .issue-name") == ["Automne"]
    assert "en préparation" in page.text(".issue")
    assert page.html.select_one(".issue a[download]")["download"] == "Plaquette d'été.pdf"
    made = only(session)
    assert (made.page_count, made.state, made.shown_revision) == (2, DocumentState.processing, None)
    assert stored(shelf) == [made.file]
    assert "ne se lisent pas encore" in staff.open_page(f"/club_q/reader/{made.id}").text("main")

    work(session, shelf, outbox)

    made = only(session)
    assert (made.state, made.shown_revision) == (DocumentState.ready, 1)
    assert len(stored(shelf)) == 6
    reader = staff.open_page(f"/club_q/reader/{made.id}")
    assert reader.texts("[data-reader-text]") == ["Café-théâtre", "Au programme"]
    images = reader.html.select(".reader-page img")
    assert [(one["width"], one["height"], one["alt"]) for one in images] == [
        ("1600", "2265", "Page 1"),
        ("1600", "2265", "Page 2"),
    ]
    for image in images:
        with staff.get(image["src"]) as answer:
            assert (answer.status_code, answer.mimetype) == (200, "image/webp")
    with staff.get(reader.html.select_one("a[download]")["href"]) as answer:
        assert answer.data.startswith(b"%PDF-")
    assert staff.open_page(LIST).html.select_one("img.issue-cover")["width"] == "1600"


@pytest.mark.parametrize(
    ("content", "status", "why"),
    [
        (b"", 415, "Ce fichier n'est pas un PDF."),
        (b"<html><script>alert(1)</script>", 415, "Ce fichier n'est pas un PDF."),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 99, 415, "Ce fichier n'est pas un PDF."),
        (locked(TWO), 422, "Ce PDF est protégé par un mot de passe"),
        (TWO[:300], 422, "Ce PDF est abîmé ou incomplet"),
    ],
    ids=["empty", "html", "png", "locked", "cut"],
)
def test_anything_else_is_refused_and_nothing_is_kept(
    staff: Client,
    shelf: ClubQFiles,
    season: ClubQSeason,
    content: bytes,
    status: int,
    why: str,
) -> None:
    page = send(staff, season, content, status=status)

    assert why in page.text(".field-errors")
    assert page.html.select_one("#season option[selected]").text == "Automne"
    assert stored(shelf) == []
    assert page.html.select(".issue") == []


def test_a_form_without_a_file_says_so(
    staff: Client, season: ClubQSeason, session: Session
) -> None:
    page = staff.submit(LIST, season=season.id, status=422)

    assert page.text(".field-errors") == "Choisissez un fichier."


@pytest.mark.parametrize("chosen", ["", "x", "-1", "999999", "9" * 40])
def test_a_season_that_is_not_there_is_refused(
    staff: Client, season: ClubQSeason, chosen: str
) -> None:
    staff.submit(LIST, season=chosen, status=422)


def test_one_byte_too_many_is_refused_at_once(
    staff: Client, shelf: ClubQFiles, season: ClubQSeason
) -> None:
    answer = staff.post(
        LIST,
        data=b"",
        environ_overrides={"CONTENT_LENGTH": "101000001"},
        content_type="multipart/form-data; boundary=x",
    )

    assert answer.status_code == 413
    assert stored(shelf) == []


@pytest.mark.usefixtures("drawn")
def test_the_same_form_twice_makes_one_revision(
    staff: Client, session: Session, season: ClubQSeason
) -> None:
    key = staff.open_page(LIST).html.select_one("#new [name=idempotency_key]")["value"]
    for _time in range(2):
        fields = {
            "season": str(season.id),
            "idempotency_key": key,
            "pdf_file": FileStorage(io.BytesIO(TWO), "q.pdf"),
        }
        boundary, body = encode_multipart(fields)
        kind = f"multipart/form-data; boundary={boundary}"
        assert staff.post(LIST, data=body, content_type=kind).status_code == 303

    assert only(session).revision == 1


# Another one replaces it


@pytest.mark.usefixtures("drawn")
def test_a_second_one_replaces_the_first_once_it_is_ready(
    staff: Client, shelf: ClubQFiles, session: Session, season: ClubQSeason, outbox: Outbox
) -> None:
    send(staff, season, TWO)
    work(session, shelf, outbox)
    first = only(session)
    key, former = first.id, first.file

    send(staff, season, pdf("Une seule page"))

    assert (only(session).id, only(session).revision) == (key, 2)
    reader = staff.open_page(f"/club_q/reader/{key}")
    assert reader.texts("[data-reader-text]") == ["Texte 1-1", "Texte 1-2"]
    assert {former, names.page(1, 1)} < set(stored(shelf))

    work(session, shelf, outbox)

    assert staff.open_page(f"/club_q/reader/{key}").texts("[data-reader-text]") == ["Texte 2-1"]
    sweep = SweepBrochure(brochure=key)
    assert sweep in outbox()
    session.commit()
    service.sweep(session, sweep, shelf)
    assert stored(shelf) == sorted(
        [only(session).file, names.cover(2), names.page(2, 1), names.small(2, 1)]
    )


@pytest.mark.usefixtures("drawn")
def test_one_that_was_replaced_meanwhile_is_not_drawn(
    staff: Client, shelf: ClubQFiles, session: Session, season: ClubQSeason, outbox: Outbox
) -> None:
    send(staff, season, TWO)
    send(staff, season, pdf("Une seule page"))
    old, new = outbox()
    session.commit()

    service.render(session, old, shelf)
    assert only(session).state is DocumentState.processing
    service.render(session, new, shelf)
    service.render(session, new, shelf)  # done twice, nothing more

    assert only(session).shown_revision == 2
    assert len(session.scalars(sa.select(ClubQBrochurePage)).all()) == 1


# What goes wrong


def _failing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def draw(*_args: object, **_options: object) -> None:
        raise error

    monkeypatch.setattr(documents, "draw", draw)


@pytest.mark.usefixtures("drawn")
def test_one_that_cannot_be_drawn_says_why_to_the_team_and_is_tried_again(
    staff: Client,
    shelf: ClubQFiles,
    session: Session,
    season: ClubQSeason,
    outbox: Outbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    send(staff, season, TWO)
    refusal = Undecodable("page 2")
    refusal.pages = "1-2"
    _failing(monkeypatch, refusal)

    work(session, shelf, outbox)

    why = staff.open_page(LIST).text(".issue-failure")
    assert why == "Ce PDF est abîmé ou incomplet : exportez-le à nouveau. (Pages 1-2.)"
    key = only(session).id
    assert staff.submit(f"{LIST}/{key}/retry").flashes == ["Les pages se préparent de nouveau."]
    assert only(session).state is DocumentState.processing
    assert outbox()[-1] == RenderBrochure(brochure=key, revision=1)
    assert "est prête, ou" in staff.submit(f"{LIST}/{key}/retry").flashes[0]
    assert len(outbox()) == 2


@pytest.mark.usefixtures("drawn")
def test_one_that_takes_too_long_is_tried_again_by_itself_then_left(
    staff: Client,
    shelf: ClubQFiles,
    session: Session,
    season: ClubQSeason,
    outbox: Outbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    send(staff, season, TWO)
    _failing(monkeypatch, TooSlow("memory"))
    (effect,) = outbox()
    session.commit()

    with pytest.raises(TooSlow):
        service.render(session, effect, shelf, is_last=False)
    assert only(session).state is DocumentState.processing
    service.render(session, effect, shelf)

    assert (only(session).state, only(session).error) == (DocumentState.failed, "TooSlow")


@pytest.mark.usefixtures("drawn")
def test_a_file_that_somebody_removed_is_missing_everywhere(
    staff: Client, shelf: ClubQFiles, session: Session, season: ClubQSeason, outbox: Outbox
) -> None:
    send(staff, season, TWO)
    made = only(session)
    other = shelf.document(made.id + 1, names.new_pdf())
    other.parent.mkdir()
    other.touch()  # the disk is there
    shelf.document(made.id, made.file).unlink()

    work(session, shelf, outbox)

    assert only(session).error == "Missing"
    staff.open_page(LIST)
    staff.open_page(f"/club_q/reader/{made.id}", status=404)


@pytest.mark.usefixtures("drawn")
def test_nothing_is_concluded_from_a_disk_that_is_not_there(
    staff: Client, shelf: ClubQFiles, session: Session, season: ClubQSeason, outbox: Outbox
) -> None:
    send(staff, season, TWO)
    key = only(session).id
    shelf.base.rename(shelf.base.with_name("elsewhere"))

    with pytest.raises(FileNotFoundError):
        work(session, shelf, outbox)
    with pytest.raises(ClubQFolderSuspicious):
        service.sweep(session, SweepBrochure(brochure=key), shelf)
    with pytest.raises(ClubQFolderSuspicious):
        service.tidy(session, store=shelf)


@pytest.mark.usefixtures("drawn")
def test_killed_between_the_file_and_its_row_it_leaves_nothing_after_a_day(
    staff: Client,
    shelf: ClubQFiles,
    session: Session,
    season: ClubQSeason,
    outbox: Outbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def die(*_args: object, **_options: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(service, "audit", die)
        with pytest.raises(KeyboardInterrupt):
            send(staff, season, TWO)
    assert staff.open_page(LIST).html.select(".issue") == []
    (orphan,) = stored(shelf)
    send(staff, season, pdf("Une seule page"))
    work(session, shelf, outbox)

    session.commit()
    assert service.tidy(session, store=shelf) == 0
    assert orphan in stored(shelf)
    with time_machine.travel(clock.now() + timedelta(hours=25)):
        assert service.tidy(session, store=shelf) == 1

    assert only(session).file in stored(shelf)
    assert orphan not in stored(shelf)


@pytest.mark.usefixtures("drawn")
def test_killed_while_it_is_drawn_it_is_drawn_again_and_leaves_nothing(
    staff: Client,
    shelf: ClubQFiles,
    session: Session,
    season: ClubQSeason,
    outbox: Outbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    send(staff, season, TWO)

    def die(*_args: object, **_options: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(keeping.Keeping, "_show", die)
        with pytest.raises(KeyboardInterrupt):
            work(session, shelf, outbox)
    assert only(session).state is DocumentState.processing
    stray = shelf.document(only(session).id, names.page(7, 1))
    stray.touch()

    work(session, shelf, outbox)
    with time_machine.travel(clock.now() + timedelta(hours=25)):
        assert service.tidy(session, store=shelf) == 1

    assert only(session).state is DocumentState.ready
    assert len(stored(shelf)) == 6


@pytest.mark.usefixtures("drawn")
def test_a_brochure_that_is_deleted_takes_its_files_and_pages_along(
    staff: Client, shelf: ClubQFiles, session: Session, season: ClubQSeason, outbox: Outbox
) -> None:
    send(staff, season, TWO)
    work(session, shelf, outbox)
    key = only(session).id

    page = staff.submit(f"/club_q/reader/delete/{key}")

    assert page.flashes == ["La plaquette est supprimée."]
    assert "Aucune plaquette" in page.text(".empty")
    assert session.scalars(sa.select(ClubQBrochurePage)).all() == []
    (*_drawn, sweep) = outbox()
    session.commit()
    service.sweep(session, sweep, shelf)
    assert not shelf.document_directory(key).exists()
    staff.open_page(f"/club_q/reader/{key}", status=404)
    assert staff.post(f"/club_q/reader/delete/{key}").status_code == 404


# Who may


def _token_of(page: Page) -> str:
    return urlsplit(page.html.select_one("a[download]")["href"]).query


@pytest.mark.usefixtures("drawn")
def test_the_link_of_one_opens_no_other(
    staff: Client, shelf: ClubQFiles, session: Session, season: ClubQSeason
) -> None:
    send(staff, season, TWO)
    token = _token_of(send(staff, SeasonFactory(nom="Hiver"), TWO))
    first, second = session.scalars(sa.select(ClubQBrochure).order_by(ClubQBrochure.id)).all()
    page = staff.open_page(LIST)
    links = [one["href"] for one in page.html.select(".issue a[download]")]
    tokens = {urlsplit(link).path.split("/")[2]: urlsplit(link).query for link in links}

    def asked(brochure: ClubQBrochure, given: str) -> int:
        path = f"/club_q_plaquettes/{brochure.id}/{brochure.file}?{given}"
        with staff.get(path) as answer:
            return answer.status_code

    assert token in tokens.values()
    assert asked(first, tokens[str(first.id)]) == 200
    assert asked(second, tokens[str(second.id)]) == 200
    assert asked(first, tokens[str(second.id)]) == 302
    assert asked(second, "") == 302


@pytest.mark.usefixtures("drawn")
def test_the_gate_gives_a_new_link_to_who_may_read(
    login: Login, shelf: ClubQFiles, session: Session, season: ClubQSeason
) -> None:
    send(login(organiser()), season, TWO)
    made = only(session)
    gate, door = f"{LIST}/{made.id}/files/{made.file}", f"/club_q_plaquettes/{made.id}/{made.file}"

    reader = login(participant())
    with reader.get(f"{door}?md5=x&expires=1", follow_redirects=True) as answer:
        assert answer.data.startswith(b"%PDF-")
        assert answer.headers["Content-Security-Policy"] == FILE_POLICY
    assert reader.get(f"{LIST}/999999/files/{made.file}").status_code == 404
    assert reader.get(f"{LIST}/{'9' * 30}/files/{made.file}").status_code == 404

    stranger = login(PCeenFactory())
    assert stranger.get(gate).status_code == 403
    assert stranger.get(door, follow_redirects=True).status_code == 403


@pytest.mark.usefixtures("drawn")
@pytest.mark.parametrize(
    ("visitor", "status"),
    [
        (participant, 403),
        (lambda: PCeenFactory(roles=[role_with((T.all, S.bekk))]), 403),
    ],
)
def test_only_the_team_changes_brochures(
    login: Login,
    shelf: ClubQFiles,
    session: Session,
    season: ClubQSeason,
    visitor: Callable[[], object],
    status: int,
) -> None:
    send(login(organiser()), season, TWO)
    made = only(session)
    client = login(visitor())  # type: ignore[arg-type]  # a factory is not typed

    assert client.post(LIST, data={"season": season.id}).status_code == status
    assert client.post(f"{LIST}/{made.id}/retry").status_code == status
    assert client.post(f"/club_q/reader/delete/{made.id}").status_code == status
    assert only(session).revision == 1


@pytest.mark.usefixtures("drawn")
def test_a_reader_sees_no_tool(
    login: Login, shelf: ClubQFiles, session: Session, season: ClubQSeason
) -> None:
    send(login(organiser()), season, TWO)

    page = login(participant()).open_page(LIST)

    assert page.html.select("main form") == []


# The list


@pytest.mark.parametrize("key", ["0", "999", "99999999999999999999"])
def test_what_is_not_there_is_not_found(staff: Client, season: ClubQSeason, key: str) -> None:
    staff.open_page(f"/club_q/reader/{key}", status=404)
    assert staff.post(f"{LIST}/{key}/retry").status_code == 404


def test_without_a_season_the_page_says_so(staff: Client, session: Session) -> None:
    page = staff.open_page(LIST)

    assert "Aucune plaquette" in page.text(".empty")
    assert "Créez d'abord une saison" in page.text("#new")
