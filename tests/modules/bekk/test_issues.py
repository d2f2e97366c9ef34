"""The life of an issue, on each database: what comes, what is drawn, what goes wrong, what goes."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import transaction
from app.enums import DocumentState
from app.extensions import db
from app.integrations import documents
from app.integrations.documents import DocumentRefused, TooSlow, Undecodable, keeping, names
from app.integrations.folders import BekkFiles
from app.models import AuditEvent, Bekk, BekkPage, Effect, OutboxEntry
from app.modules.bekk import jobs
from app.modules.bekk.effects import RenderBekk, SweepBekk
from app.modules.bekk.errors import (
    BekkFolderSuspicious,
    BekkIsReady,
    NoSuchBekk,
    StaleBekk,
    TooManyBekkFiles,
)
from app.modules.bekk.queries import issues as queries
from app.modules.bekk.queries.search import search
from app.modules.bekk.service import issues as service
from app.modules.bekk.service.issues import Details
from app.web.module import all_effects, all_jobs
from tests.conftest import Outbox
from tests.factories.community import BekkFactory, draw_issue
from tests.modules.bar.ledger_site import Site, at_once
from tests.notices import but_rings
from tests.pdfs import pdf

TWO, ONE = pdf("Un", "Deux"), pdf("Seule")
RENTREE = Details(name="La rentrée", promo=144, date=date(2026, 9, 3))


def publish(
    session: Session, store: BekkFiles, content: bytes = TWO, details: Details = RENTREE
) -> Bekk:
    """Publish an issue."""
    with store.workbench() as (sent, made):
        sent.write_bytes(content)
        arrived = service.look(session, sent=sent, made=made, name="bekk.pdf")
        with transaction(session):
            return service.add(session, details=details, arrived=arrived, store=store)


def change(
    session: Session,
    store: BekkFiles,
    issue: Bekk,
    content: bytes | None = None,
    *,
    details: Details = RENTREE,
    version: int = 1,
) -> bool:
    """Change an issue, and its PDF if there is a *content*."""
    with store.workbench() as (sent, made):
        arrived = None
        if content is not None:
            sent.write_bytes(content)
            arrived = service.look(session, sent=sent, made=made, name="autre.pdf")
        with transaction(session):
            return service.edit(
                session,
                issue=issue,
                details=details,
                version=version,
                arrived=arrived,
                store=store,
            )


def work(session: Session, store: BekkFiles, outbox: Outbox) -> None:
    """Draw what came last."""
    session.commit()
    waiting = [effect for effect in outbox() if isinstance(effect, RenderBekk)]
    service.render(session, waiting[-1], store)


def have_done(app: Flask, session: Session, effect: Effect, number: int = 0) -> None:
    """Have an effect done as the worker does."""
    with app.app_context():
        kind, do = all_effects()[effect.kind]
        assert isinstance(effect, kind)
        do(session, effect, number)


def only(session: Session) -> Bekk:
    session.commit()  # what was read before is read again
    return session.scalars(sa.select(Bekk)).one()


def stored(store: BekkFiles) -> list[str]:
    assert list(store.unfinished()) == []
    return sorted(file.path.name for file in store.files())


def texts(session: Session) -> list[str]:
    return [page.text for page in queries.pages(session, only(session))]


def actions(session: Session) -> list[str]:
    stmt = sa.select(AuditEvent.action).order_by(AuditEvent.id)
    return [one for one in session.scalars(stmt) if one.startswith("bekk.")]


# One comes


@pytest.mark.usefixtures("drawn")
def test_an_issue_comes_then_is_drawn_then_is_read(
    session: Session, store: BekkFiles, outbox: Outbox
) -> None:
    key = publish(session, store).id

    made = only(session)
    assert (made.name, made.name_key, made.promo) == ("La rentrée", "la rentree", 144)
    assert (made.date, made.original_name) == (date(2026, 9, 3), "bekk.pdf")
    assert (made.page_count, made.state, made.shown_revision) == (2, DocumentState.processing, None)
    assert (made.revision, made.version) == (1, 1)
    assert stored(store) == [made.file]
    assert outbox() == [RenderBekk(issue=key, revision=1)]
    assert service.progress(made, store) == (0, 2)
    assert queries.pages(session, made) == ()

    work(session, store, outbox)

    made = only(session)
    assert (made.state, made.shown_revision, made.version) == (DocumentState.ready, 1, 1)
    assert service.progress(made, store) == (2, 2)
    assert texts(session) == ["Texte 1-1", "Texte 1-2"]
    keys = sa.select(BekkPage.text_key).order_by(BekkPage.number)
    assert session.scalars(keys).all() == ["texte 1-1".replace("-", ""), "texte 12"]
    assert actions(session) == ["bekk.issue.create"]


@pytest.mark.once
def test_it_is_drawn_for_real_and_found_by_what_it_says(
    session: Session, store: BekkFiles, outbox: Outbox
) -> None:
    publish(session, store, pdf("Couverture", "Le café-théâtre"))

    work(session, store, outbox)

    (found,) = search(session, "cafetheatre").items
    (hit,) = found.hits
    assert (hit.page, hit.match) == (2, "café-théâtre")


@pytest.mark.once
def test_a_name_as_long_as_may_be_fits_however_it_is_spelled(
    session: Session, store: BekkFiles, drawn: None
) -> None:
    name = "\ufdfa" * 120

    publish(session, store, details=Details(name=name, promo=1, date=date(2026, 1, 1)))

    assert len(only(session).name_key) == 1000


def test_how_far_the_drawing_is_is_what_is_on_the_disk(session: Session, store: BekkFiles) -> None:
    issue = BekkFactory(page_count=40)
    store.document_directory(issue.id).mkdir()
    for name in (names.cover(1), names.page(1, 1), names.small(1, 1), names.page(1, 40)):
        store.document(issue.id, name).touch()
    for other in (names.page(2, 2), names.page(1, 41), "notes.txt"):
        store.document(issue.id, other).touch()

    assert service.progress(issue, store) == (2, 40)


# It is changed


@pytest.mark.usefixtures("drawn")
def test_what_is_said_of_it_changes_without_its_pdf(
    session: Session, store: BekkFiles, outbox: Outbox
) -> None:
    issue = publish(session, store)
    work(session, store, outbox)
    before = stored(store)
    new = Details(name="L'été", promo=143, date=date(2026, 6, 1))

    assert change(session, store, issue, details=new)

    made = only(session)
    assert (made.name, made.name_key, made.promo, made.date) == ("L'été", "l'ete", 143, new.date)
    assert (made.revision, made.version, made.state) == (1, 2, DocumentState.ready)
    assert stored(store) == before
    assert but_rings(outbox) == [RenderBekk(issue=made.id, revision=1)]
    assert actions(session) == ["bekk.issue.create", "bekk.issue.change"]


@pytest.mark.usefixtures("drawn")
def test_nothing_changed_is_said_to_be_so(session: Session, store: BekkFiles) -> None:
    issue = publish(session, store)

    assert not change(session, store, issue)

    assert only(session).version == 1
    assert actions(session) == ["bekk.issue.create"]


@pytest.mark.usefixtures("drawn")
def test_another_pdf_replaces_the_first_once_it_is_ready(
    session: Session, store: BekkFiles, outbox: Outbox
) -> None:
    issue = publish(session, store)
    work(session, store, outbox)
    key, former = only(session).id, only(session).file

    assert change(session, store, issue, ONE)

    made = only(session)
    assert (made.id, made.revision, made.version) == (key, 2, 2)
    assert (made.original_name, made.page_count) == ("autre.pdf", 1)
    assert texts(session) == ["Texte 1-1", "Texte 1-2"]
    assert search(session, "texte 1").total == 1
    assert {former, names.page(1, 1)} < set(stored(store))

    work(session, store, outbox)

    assert texts(session) == ["Texte 2-1"]
    assert (search(session, "texte 1").total, search(session, "texte 2").total) == (0, 1)
    assert SweepBekk(issue=key) in outbox()
    session.commit()
    service.sweep(session, SweepBekk(issue=key), store)
    expected = [only(session).file, names.cover(2), names.page(2, 1), names.small(2, 1)]
    assert stored(store) == sorted(expected)


@pytest.mark.usefixtures("drawn")
def test_one_that_was_replaced_meanwhile_is_not_drawn(
    session: Session, store: BekkFiles, outbox: Outbox
) -> None:
    issue = publish(session, store)
    change(session, store, issue, ONE)
    old, new = outbox()
    assert isinstance(old, RenderBekk)
    assert isinstance(new, RenderBekk)
    session.commit()

    service.render(session, old, store)
    assert only(session).state is DocumentState.processing
    service.render(session, new, store)
    service.render(session, new, store)  # done twice, nothing more

    assert only(session).shown_revision == 2
    assert texts(session) == ["Texte 2-1"]


@pytest.mark.usefixtures("drawn")
@pytest.mark.parametrize("content", [None, ONE], ids=["words", "pdf"])
@pytest.mark.parametrize("version", [0, 1, 3])
def test_what_somebody_else_changed_meanwhile_is_not_changed(
    session: Session, store: BekkFiles, content: bytes | None, version: int
) -> None:
    issue = publish(session, store)
    change(session, store, issue, details=Details(name="Autre", promo=1, date=date(2026, 1, 1)))

    with pytest.raises(StaleBekk):
        change(session, store, issue, content, version=version)

    made = only(session)
    assert (made.name, made.version, made.revision) == ("Autre", 2, 1)
    assert stored(store) == [made.file]


@pytest.mark.usefixtures("drawn")
def test_one_that_is_gone_meanwhile_is_told(session: Session, store: BekkFiles) -> None:
    issue = publish(session, store)
    session.execute(sa.text("DELETE FROM bekk"))
    session.commit()

    for act in (
        lambda: change(session, store, issue),
        lambda: service.retry(session, issue=issue),
        lambda: service.delete(session, issue=issue),
    ):
        with pytest.raises(NoSuchBekk):
            act()
        session.rollback()


def test_an_issue_that_does_not_exist_is_not_found(session: Session) -> None:
    for key in (0, -1, 999_999, 2**31, 10**30):
        with pytest.raises(NoSuchBekk):
            queries.issue(session, key)


# What goes wrong


def fail_with(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def draw(*_args: object, **_options: object) -> None:
        raise error

    monkeypatch.setattr(documents, "draw", draw)


def die(*_args: object, **_options: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.usefixtures("drawn")
def test_one_that_cannot_be_drawn_says_why_and_is_tried_again_with_success(
    session: Session, store: BekkFiles, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue = publish(session, store)
    refusal: DocumentRefused = Undecodable("page 2")
    refusal.pages = "1-2"
    with monkeypatch.context() as patched:
        fail_with(patched, refusal)
        work(session, store, outbox)

    assert (only(session).state, only(session).error) == (DocumentState.failed, "Undecodable 1-2")
    with transaction(session):
        service.retry(session, issue=issue)
    with pytest.raises(BekkIsReady), transaction(session):
        service.retry(session, issue=issue)
    assert outbox() == [RenderBekk(issue=issue.id, revision=1)] * 2

    work(session, store, outbox)

    assert (only(session).state, only(session).error) == (DocumentState.ready, None)
    with pytest.raises(BekkIsReady), transaction(session):
        service.retry(session, issue=issue)
    assert actions(session) == ["bekk.issue.create", "bekk.issue.retry"]


@pytest.mark.usefixtures("drawn")
def test_one_that_takes_too_long_is_tried_by_the_worker_three_times_then_left(
    app: Flask,
    session: Session,
    store: BekkFiles,
    outbox: Outbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish(session, store)
    (effect,) = outbox()
    (entry,) = session.scalars(sa.select(OutboxEntry))
    number = entry.id
    fail_with(monkeypatch, TooSlow("memory"))
    for attempts in (1, 2):
        entry.attempts = attempts
        session.commit()
        with pytest.raises(TooSlow):
            have_done(app, session, effect, number)
        assert only(session).state is DocumentState.processing

    entry.attempts = jobs.TRIES
    session.commit()
    have_done(app, session, effect, number)

    assert (only(session).state, only(session).error) == (DocumentState.failed, "TooSlow")


@pytest.mark.usefixtures("drawn")
def test_a_file_that_somebody_removed_is_said_to_be_missing(
    session: Session, store: BekkFiles, outbox: Outbox
) -> None:
    made = publish(session, store)
    other = store.document(made.id + 1, names.new_pdf())
    other.parent.mkdir()
    other.touch()  # the disk is there
    store.document(made.id, made.file).unlink()

    work(session, store, outbox)

    assert only(session).error == "Missing"


@pytest.mark.usefixtures("drawn")
def test_nothing_is_concluded_from_a_disk_that_is_not_there(
    session: Session, store: BekkFiles, outbox: Outbox
) -> None:
    key = publish(session, store).id
    store.base.rename(store.base.with_name("elsewhere"))

    with pytest.raises(FileNotFoundError):
        work(session, store, outbox)
    with pytest.raises(BekkFolderSuspicious):
        service.sweep(session, SweepBekk(issue=key), store)
    with pytest.raises(BekkFolderSuspicious):
        service.tidy(session, store=store)
    assert only(session).state is DocumentState.processing

    store.prepare()  # another disk, empty
    with pytest.raises(BekkFolderSuspicious) as refusal:
        service.tidy(session, store=store)
    assert refusal.value.message.startswith("Le dossier des fichiers du Bekk est vide")


@pytest.mark.usefixtures("drawn")
def test_killed_between_the_file_and_its_row_it_leaves_nothing_after_a_day(
    session: Session, store: BekkFiles, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(service, "audit", die)
        with pytest.raises(KeyboardInterrupt):
            publish(session, store)
    assert session.scalars(sa.select(Bekk)).all() == []
    assert outbox() == []
    (orphan,) = stored(store)
    publish(session, store, ONE)
    work(session, store, outbox)
    half_made = store.incoming / "0123456789abcdef-made"
    half_made.touch()

    session.commit()
    assert service.tidy(session, store=store) == 0
    assert orphan in {file.path.name for file in store.files()}
    with time_machine.travel(clock.now() + timedelta(hours=25)):
        assert service.tidy(session, store=store) == 2

    assert orphan not in stored(store)
    assert len(stored(store)) == 4
    assert only(session).file in stored(store)


@pytest.mark.usefixtures("drawn")
def test_killed_while_it_is_replaced_it_is_still_what_it_was(
    session: Session, store: BekkFiles, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue = publish(session, store)
    work(session, store, outbox)
    before = stored(store)

    with monkeypatch.context() as patched:
        patched.setattr(service, "audit", die)
        with pytest.raises(KeyboardInterrupt):
            change(session, store, issue, ONE)

    assert (only(session).revision, only(session).state) == (1, DocumentState.ready)
    assert set(before) < set(stored(store))
    with time_machine.travel(clock.now() + timedelta(hours=25)):
        assert service.tidy(session, store=store) == 1
    assert stored(store) == before


@pytest.mark.usefixtures("drawn")
def test_killed_while_it_is_drawn_it_is_drawn_again_and_leaves_nothing(
    session: Session, store: BekkFiles, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(session, store)
    with monkeypatch.context() as patched:
        patched.setattr(keeping.Keeping, "_show", die)
        with pytest.raises(KeyboardInterrupt):
            work(session, store, outbox)
    assert only(session).state is DocumentState.processing
    store.document(only(session).id, names.page(7, 1)).touch()

    work(session, store, outbox)
    with time_machine.travel(clock.now() + timedelta(hours=25)):
        assert service.tidy(session, store=store) == 1

    assert only(session).state is DocumentState.ready
    assert len(stored(store)) == 6


@pytest.mark.usefixtures("drawn")
def test_deleted_while_it_is_drawn_nothing_of_it_stays(
    session: Session, store: BekkFiles, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue = publish(session, store)
    key, draw = issue.id, documents.draw

    def draw_slowly(*args: Any, **options: Any) -> Any:
        made = draw(*args, **options)
        with transaction(session):
            service.delete(session, issue=session.get_one(Bekk, key))
        service.sweep(session, SweepBekk(issue=key), store)
        store.document_directory(key).mkdir()
        store.document(key, names.page(1, 2)).touch()  # what is drawn after the sweep
        return made

    monkeypatch.setattr(documents, "draw", draw_slowly)
    work(session, store, outbox)

    assert session.scalars(sa.select(BekkPage)).all() == []
    assert outbox()[-1] == SweepBekk(issue=key)
    session.commit()
    service.sweep(session, SweepBekk(issue=key), store)
    assert not store.document_directory(key).exists()


@pytest.mark.usefixtures("drawn")
def test_too_many_files_of_nothing_are_left_alone(
    session: Session, store: BekkFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(session, store)
    monkeypatch.setattr(keeping, "_MANY", 1)
    store.document_directory(77).mkdir()
    for number in (1, 2, 3):
        store.document(77, names.page(1, number)).touch()

    with (
        time_machine.travel(clock.now() + timedelta(hours=25)),
        pytest.raises(TooManyBekkFiles) as refusal,
    ):
        service.tidy(session, store=store)

    assert refusal.value.message.startswith("3 fichiers du Bekk")
    assert len(stored(store)) == 4


@pytest.mark.usefixtures("drawn")
def test_the_janitor_comes_every_hour_and_leaves_what_is_not_ours(
    app: Flask, session: Session, store: BekkFiles
) -> None:
    publish(session, store)
    (store.base / "lisez-moi.txt").touch()
    store.document(only(session).id, "notes.txt").touch()
    store.document(only(session).id, names.page(9, 1)).touch()
    session.commit()

    with time_machine.travel(clock.now() + timedelta(hours=25)), app.app_context():
        all_jobs()["bekk.janitor"].run(session)

    assert stored(store) == sorted([only(session).file, "notes.txt"])
    assert (store.base / "lisez-moi.txt").exists()


# It goes


@pytest.mark.usefixtures("drawn")
def test_an_issue_that_is_deleted_takes_its_files_its_pages_and_its_words_along(
    app: Flask, session: Session, store: BekkFiles, outbox: Outbox
) -> None:
    issue = publish(session, store)
    publish(session, store, ONE, Details(name="Autre", promo=1, date=date(2026, 1, 1)))
    key = issue.id
    service.render(session, RenderBekk(issue=key, revision=1), store)
    assert search(session, "texte").total == 1

    with transaction(session):
        service.delete(session, issue=issue)

    assert search(session, "texte").total == search(session, "rentree").total == 0
    assert session.scalars(sa.select(BekkPage)).all() == []
    assert outbox()[-1] == SweepBekk(issue=key)
    session.commit()
    have_done(app, session, SweepBekk(issue=key))
    assert not store.document_directory(key).exists()
    assert stored(store) == [only(session).file]
    assert actions(session)[-1] == "bekk.issue.delete"


# Lists


def test_issues_come_by_date_then_as_they_came(session: Session) -> None:
    for day, promo in ((3, 144), (1, 144), (3, 144), (9, 143)):
        BekkFactory(name=f"{day}", promo=promo, date=date(2026, 1, day))

    assert [one.name for one in queries.of_promo(session, 144).items] == ["3", "3", "1"]
    ids = [one.id for one in queries.of_promo(session, 144).items]
    assert ids[0] > ids[1]
    assert [one.name for one in queries.of_promo(session, None).items] == ["9", "3", "3", "1"]
    assert queries.of_promo(session, 12).items == []
    assert queries.promos(session) == [144, 143]
    assert queries.chosen_promo(session, None, first_year=145) == 144
    latest, count = queries.latest(session)
    assert latest is not None
    assert (latest.name, count) == ("9", 4)


def test_without_issues_there_is_nothing(session: Session) -> None:
    assert queries.latest(session) == (None, 0)
    assert queries.promos(session) == []
    assert queries.chosen_promo(session, None, first_year=145) is None
    assert queries.cover_sizes(session, []) == {}


def test_covers_are_those_of_what_is_shown(session: Session) -> None:
    drawn = draw_issue(BekkFactory(), "Une", "Deux")
    waiting = BekkFactory()
    replaced: Bekk = draw_issue(BekkFactory(), "Une")
    replaced.revision, replaced.state = 2, DocumentState.processing
    session.commit()

    sizes = queries.cover_sizes(session, [drawn, waiting, replaced])

    assert sizes == {drawn.id: (1600, 2265), replaced.id: (1600, 2265)}


# Several at once, for real


@pytest.fixture
def site(shared: Flask, tmp_path: Path) -> Iterator[Site]:
    shared.extensions["bekk_files"] = BekkFiles(tmp_path / "bekks")
    shared.extensions["bekk_files"].prepare()
    yield Site(shared)
    with shared.app_context():
        db.session.remove()


@pytest.mark.usefixtures("drawn")
def test_of_several_changes_at_once_one_is_made_and_the_others_are_told(site: Site) -> None:
    store: BekkFiles = site.app.extensions["bekk_files"]
    key = site.ask(lambda session: publish(session, store).id)

    def changing(rank: int) -> Callable[[], int]:
        details = Details(name=f"Nom {rank}", promo=rank, date=date(2026, 1, rank))

        def act() -> int:
            def write(_session: Session) -> int:
                session = db.session()
                issue = session.get_one(Bekk, key)
                try:
                    change(session, store, issue, ONE, details=details)
                except StaleBekk:
                    return 0
                return rank

            return site.ask(write)

        return act

    answers = at_once([changing(rank) for rank in (1, 2, 3, 4)])

    (winner,) = set(answers) - {0}
    assert answers[0] == 3

    def state(session: Session) -> tuple[str, int, int, int]:
        issue = session.get_one(Bekk, key)
        return issue.name, issue.promo, issue.revision, issue.version

    assert site.ask(state) == (f"Nom {winner}", winner, 2, 2)
    assert len(stored(store)) == 2
