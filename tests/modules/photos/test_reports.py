"""Wanting a photo looked at, and deciding of it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.core.errors import NotFound
from app.core.transaction import lock
from app.enums import PermissionScope as S, PermissionType as T, ReportKind, ReportStatus
from app.extensions import db
from app.models import Album, AuditEvent, LoginSession, PCeen, Photo, PhotoReport, PhotoTag, Role
from app.modules.photos.effects import RemoveFiles
from app.modules.photos.mails import ConfirmReport, PhotoReported, ReportDecided
from app.modules.photos.service import locking as locks, reports as service, tags
from app.modules.photos.service.locking import lock_or
from tests.client import Client
from tests.conftest import Login, Outbox
from tests.factories import AlbumFactory, PCeenFactory, PhotoFactory
from tests.factories.base import use
from tests.factories.people import permission
from tests.modules.contact.conftest import solved

READER = ((T.read, S.photos), (T.read, S.collection))


@pytest.fixture
def photo(session: Session) -> Photo:
    """A photo of an album with another one."""
    photo = PhotoFactory(original_name="IMG_7.JPG")
    other = PhotoFactory(album=photo.album)
    photo.album.nb_photos = 2
    session.flush()
    photo.cover_of = photo.album_id
    session.commit()
    assert other.is_seen
    return photo


@pytest.fixture
def ada(session: Session) -> PCeen:
    ada = PCeenFactory(prenom="Ada", nom="Lovelace", can=READER, locale="en")
    session.commit()
    return ada


@pytest.fixture
def editor(session: Session, photo: Photo) -> PCeen:
    """Who is in charge of the album."""
    editor = PCeenFactory(prenom="Édith", can=[*READER, (T.write, S.album, photo.album_id)])
    session.commit()
    return editor


def where(photo: Photo) -> dict[str, str]:
    album = photo.album
    return {
        "collection": album.collection.dir_name,
        "album": album.dir_name,
        "photo": photo.file_name,
    }


def page_of(photo: Photo) -> str:
    album = photo.album
    return f"/photos/{album.collection.dir_name}/{album.dir_name}/photo/{photo.stem}/report"


def report(client: Client, photo: Photo, **fields: object) -> int:
    asked = where(photo) | {"kind": "me"} | fields
    return client.post("/api/photos/report", json=asked).status_code


def made(session: Session) -> list[PhotoReport]:
    session.expire_all()
    return list(session.scalars(sa.select(PhotoReport).order_by(PhotoReport.id)))


def decide(client: Client, one: PhotoReport, decision: str, **fields: object) -> int:
    asked = {"decision": decision} | fields
    return client.post(f"/api/photos/report/{one.id}", json=asked).status_code


def mails(outbox: Outbox, kind: type[ReportDecided] = ReportDecided) -> list[ReportDecided]:
    return [one for one in outbox() if isinstance(one, kind)]


def open_report(
    session: Session, photo: Photo, who: PCeen | None, **columns: object
) -> PhotoReport:
    values = {"kind": ReportKind.other, "reason": "floue"} | columns
    one = PhotoReport(
        photo=photo, album=photo.album, photo_name=photo.original_name, reporter=who, **values
    )
    session.add(one)
    session.commit()
    return one


def test_who_is_on_a_photo_is_seen_no_more_until_someone_decides(
    session: Session, login: Login, photo: Photo, ada: PCeen, editor: PCeen, outbox: Outbox
) -> None:
    client = login(ada)

    assert report(client, photo) == 201

    (one,) = made(session)
    assert (one.hid, photo.hidden, photo.cover_of, photo.album.nb_photos) == (True, True, None, 1)
    assert client.get(page_of(photo)).status_code == 404
    (mail,) = (one for one in outbox() if isinstance(one, PhotoReported))
    assert (mail.to, mail.album, mail.hid) == (editor.email, photo.album.name, True)


def test_another_reason_is_to_be_said_and_hides_nothing(
    session: Session, login: Login, photo: Photo, ada: PCeen, editor: PCeen
) -> None:
    client = login(ada)

    assert report(client, photo, kind="other") == 422
    assert report(client, photo, kind="other", reason="x" * 501) == 422
    assert report(client, photo, kind="nothing") == 422
    assert report(client, photo, kind=["me"]) == 422
    assert made(session) == []
    assert report(client, photo, kind="other", reason="Pas drôle") == 201

    (one,) = made(session)
    assert (one.reason, one.hid, photo.hidden) == ("Pas drôle", False, False)


def test_the_same_is_not_reported_twice(
    session: Session, login: Login, photo: Photo, ada: PCeen, editor: PCeen, outbox: Outbox
) -> None:
    asked = {"kind": "other", "reason": "floue"}
    client = login(ada)

    assert [report(client, photo, **asked) for _ in range(2)] == [201, 201]

    assert len(made(session)) == 1
    assert len([one for one in outbox() if isinstance(one, PhotoReported)]) == 1


def test_five_an_hour_are_enough(session: Session, login: Login, photo: Photo, ada: PCeen) -> None:
    photos = [photo, *(PhotoFactory(album=photo.album) for _ in range(5))]
    session.commit()
    with time_machine.travel("2026-11-24T12:00:00+00:00", tick=False) as clock:
        client = login(ada)
        answers = [report(client, one) for one in photos]
        assert answers == [201] * 5 + [429]
        assert not photos[5].hidden
        clock.move_to("2026-11-24T13:00:01+00:00")
        assert report(client, photos[5]) == 201


@pytest.mark.parametrize("hide", ["photo", "album"])
def test_what_one_may_not_see_is_not_there_to_report(
    session: Session, login: Login, photo: Photo, ada: PCeen, hide: str
) -> None:
    if hide == "photo":
        photo.hidden = True
    else:
        photo.album.visible = False
    session.commit()
    client = login(ada)

    assert report(client, photo) == 404
    assert client.post(page_of(photo), data={"kind": "me"}).status_code == 404
    assert made(session) == []


def test_all_who_write_the_album_are_told_else_the_gris(
    session: Session, login: Login, photo: Photo, ada: PCeen, outbox: Outbox
) -> None:
    gri = PCeenFactory(slugs=["gri"])
    session.commit()

    def told() -> set[str]:
        return {one.to for one in outbox() if isinstance(one, PhotoReported)}

    assert report(login(ada), photo) == 201
    assert told() == {gri.email}
    assert all(one.is_orphan for one in outbox() if isinstance(one, PhotoReported))

    key = photo.album.collection_id
    held = [
        PCeenFactory(can=[(type_, *rest)])
        for type_, *rest in (
            (T.write, S.album, photo.album_id),
            (T.all, S.collection, key),
            (T.write, S.collection),
        )
    ]
    PCeenFactory(can=[(T.read, S.collection, key)])
    PCeenFactory(can=[(T.delete, S.collection, key)])
    PCeenFactory(can=[(T.write, S.collection, key + 1)])
    PCeenFactory(can=[(T.write, S.collection)], disabled_at=gri.created_at)
    other = session.scalars(sa.select(Photo).where(Photo.id != photo.id)).one()
    session.commit()
    assert report(login(ada), other) == 201
    assert told() == {gri.email, *(one.email for one in held)}


# Visitors


@pytest.fixture
def in_public(app: Flask, session: Session, photo: Photo, monkeypatch: pytest.MonkeyPatch) -> Photo:
    """A photo that everybody sees, where visitors have little work to do."""
    easy = app.extensions["settings"].model_copy(update={"captcha_bits": 4})
    monkeypatch.setitem(app.extensions, "settings", easy)
    monkeypatch.delitem(app.extensions, "captcha_pace", raising=False)
    everybody = session.get_one(Role, Role.PUBLIC)
    key = photo.album.collection_id
    everybody.permissions.extend(
        [permission(T.read, S.photos), permission(T.read, S.collection, key)]
    )
    session.commit()
    return photo


def test_a_visitor_leaves_an_address_and_proves_to_be_a_person(
    session: Session,
    client: Client,
    in_public: Photo,
    login: Login,
    editor: PCeen,
    outbox: Outbox,
) -> None:
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    page = client.open_page(page_of(in_public))
    assert page.html.select_one("[data-captcha]")["data-url"] == "/api/captcha/photo_report"
    text = {"kind": "me", "email": "Visitor@example.org"}
    assert client.post(page_of(in_public), data=text).status_code == 422
    assert report(client, in_public, email="visitor@example.org") == 422
    assert made(session) == []

    proof = solved(client, "photo_report")
    assert client.post(page_of(in_public), data={"kind": "me"} | proof).status_code == 422
    assert report(client, in_public, **text, **proof) == 201
    assert made(session) == []  # anybody could have left that address

    (asked,) = [mail for mail in outbox() if isinstance(mail, ConfirmReport)]
    assert (asked.to, asked.locale) == ("visitor@example.org", "en")
    link = f"/photos/report/{asked.secret}"
    assert "visitor@example.org" in client.open_page(link).text("main")
    assert made(session) == []
    assert [client.post(link).status_code for _ in range(2)] == [303, 303]

    (one,) = made(session)
    assert (one.email, one.reporter_id, one.hid) == ("visitor@example.org", None, False)
    assert not in_public.hidden  # anybody could say that they are on it
    assert decide(client, one, "keep") == 401
    assert decide(login(editor), one, "hide") == 200
    (mail,) = mails(outbox)
    assert (mail.to, mail.locale, mail.prenom) == ("visitor@example.org", "en", None)


def test_a_link_to_confirm_a_report_is_good_two_days_and_no_other_is(
    session: Session, client: Client, in_public: Photo, outbox: Outbox
) -> None:
    text = {"kind": "me", "email": "visitor@example.org"}
    assert report(client, in_public, **text, **solved(client, "photo_report")) == 201
    (asked,) = [mail for mail in outbox() if isinstance(mail, ConfirmReport)]

    assert client.get(f"/photos/report/x{asked.secret[1:]}").status_code == 404
    with time_machine.travel(clock.now() + timedelta(days=2, minutes=1), tick=False):
        assert client.post(f"/photos/report/{asked.secret}").status_code == 404
    session.delete(in_public)
    session.commit()
    assert client.post(f"/photos/report/{asked.secret}").status_code == 404
    assert made(session) == []


def test_what_everybody_sees_is_reported_by_a_visitor_five_times_an_hour(
    session: Session, client: Client, in_public: Photo
) -> None:
    answers = [
        report(client, in_public, email=f"v{n}@example.org", **solved(client, "photo_report"))
        for n in range(6)
    ]
    assert answers == [201] * 5 + [429]


# Deciding


def test_kept_it_is_shown_again_if_the_report_had_hidden_it(
    session: Session, login: Login, photo: Photo, ada: PCeen, editor: PCeen, outbox: Outbox
) -> None:
    report(login(ada), photo)
    (one,) = made(session)

    assert decide(login(editor), one, "keep", answer="C'est un portrait officiel.") == 200

    session.expire_all()
    assert (one.status, photo.hidden, photo.album.nb_photos) == (ReportStatus.kept, False, 2)
    assert one.handler_id == editor.id
    (mail,) = mails(outbox)
    assert (mail.to, mail.locale, mail.outcome) == (ada.email, "en", "kept")
    assert mail.answer == "C'est un portrait officiel."
    event = session.scalars(sa.select(AuditEvent).filter_by(action="photos.report.decide")).one()
    assert (event.object_id, event.after["status"]) == (one.id, "kept")


def test_what_someone_else_had_hidden_stays_so(
    session: Session, login: Login, photo: Photo, ada: PCeen, editor: PCeen
) -> None:
    one = open_report(session, photo, ada)
    photo.hidden = True
    session.commit()

    assert decide(login(editor), one, "keep") == 200

    session.expire_all()
    assert photo.hidden


def test_of_two_who_are_on_it_the_second_still_waits_unseen(
    session: Session, login: Login, photo: Photo, ada: PCeen, editor: PCeen
) -> None:
    report(login(ada), photo)
    first = made(session)[0]
    second = open_report(session, photo, PCeenFactory(), kind=ReportKind.me)

    decide(login(editor), first, "keep")
    session.expire_all()
    assert photo.hidden
    decide(login(editor), second, "keep")

    session.expire_all()
    assert not photo.hidden


def test_hidden_or_deleted_settles_all_that_was_said_of_it(
    session: Session, login: Login, photo: Photo, ada: PCeen, editor: PCeen, outbox: Outbox
) -> None:
    other = PCeenFactory()
    reports = [open_report(session, photo, who) for who in (ada, other)]
    client = login(editor)

    assert decide(client, reports[0], "hide", answer="Entendu.") == 200
    session.expire_all()
    assert photo.hidden
    assert {one.status for one in reports} == {ReportStatus.hidden}
    assert {one.to: one.answer for one in mails(outbox)} == {
        ada.email: "Entendu.",
        other.email: None,
    }

    again = [open_report(session, photo, who) for who in (ada, other)]
    session.add(PhotoTag(photo=photo, pceen=ada))
    session.commit()
    assert decide(client, again[1], "delete") == 200
    session.expire_all()
    assert session.scalars(sa.select(Photo.id).filter_by(id=again[0].photo_id)).all() == []
    assert {(one.status, one.photo_id) for one in again} == {(ReportStatus.deleted, None)}
    assert session.scalars(sa.select(PhotoTag)).all() == []
    assert any(isinstance(one, RemoveFiles) for one in outbox())


def test_the_last_photo_goes_and_hides_the_album(
    session: Session, login: Login, photo: Photo, ada: PCeen, editor: PCeen
) -> None:
    for other in session.scalars(sa.select(Photo).where(Photo.id != photo.id)):
        other.hidden = True
    one = open_report(session, photo, ada)

    page = login(editor).submit(f"/photos/reports/{one.id}", decision="hide", answer="")

    assert page.flashes[1] == "C'était la dernière photo visible : l'album est masqué."
    session.expire_all()
    assert not photo.album.visible


def test_one_decides_once(
    session: Session, login: Login, photo: Photo, ada: PCeen, editor: PCeen, outbox: Outbox
) -> None:
    one = open_report(session, photo, ada)
    client = login(editor)

    assert [decide(client, one, "keep"), decide(client, one, "delete")] == [200, 409]

    session.expire_all()
    assert (one.status, one.photo_id) == (ReportStatus.kept, photo.id)
    assert len(mails(outbox)) == 1


def test_a_photo_that_has_just_moved_or_gone_is_looked_at_again(
    session: Session,
    login: Login,
    photo: Photo,
    ada: PCeen,
    editor: PCeen,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, key, there = open_report(session, photo, ada), photo.id, AlbumFactory().id
    session.commit()
    lock_both = service._lock

    def move(session: Session, row: object, *gone: type[NotFound]) -> None:
        moved = sa.update(Photo).where(Photo.id == key).values(album_id=there, cover_of=None)
        session.execute(moved)
        session.execute(sa.update(PhotoReport).values(album_id=there))
        lock_or(session, row, *gone)

    def delete(session: Session, photo: Photo) -> None:
        session.execute(sa.delete(Photo).where(Photo.id == key))
        lock_both(session, photo)

    with monkeypatch.context() as patch:
        patch.setattr(service, "lock_or", move)
        assert decide(login(editor), one, "hide") == 409
        assert report(login(ada), photo) == 409
    with monkeypatch.context() as patch:
        patch.setattr(service, "_lock", delete)
        assert report(login(ada), photo) == 409

    session.expire_all()
    assert one.status is ReportStatus.open
    assert len(made(session)) == 1


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"decision": "open"}, 400),
        ({"decision": None}, 400),
        ({"decision": "keep", "answer": 3}, 400),
        ({"decision": "keep", "answer": "x" * 501}, 422),
        ({"decision": "keep", "answer": "\u202e"}, 422),
    ],
)
def test_a_decision_that_is_none_changes_nothing(
    session: Session, login: Login, editor: PCeen, asked: dict[str, object], status: int
) -> None:
    photo = session.scalars(sa.select(Photo).order_by(Photo.id)).first()
    assert photo is not None
    one = open_report(session, photo, editor)

    answer = login(editor).post(f"/api/photos/report/{one.id}", json=asked)

    assert answer.status_code == status
    session.expire_all()
    assert one.status is ReportStatus.open


def test_an_answer_that_is_too_long_is_kept_and_said_where_it_was_typed(
    session: Session, login: Login, photo: Photo, ada: PCeen, editor: PCeen
) -> None:
    one, other = open_report(session, photo, ada), open_report(session, photo, editor)
    typed = "x" * 501

    page = login(editor).submit(
        f"/photos/reports/{one.id}", status=422, decision="keep", answer=typed
    )

    assert page.text(f"#report-{one.id}-answer") == typed
    assert page.html.select(f"#report-{one.id}-answer-errors")
    assert page.text(f"#report-{other.id}-answer") == ""
    session.expire_all()
    assert one.status is ReportStatus.open


def test_a_photo_that_went_otherwise_is_answered_of(
    session: Session, login: Login, photo: Photo, ada: PCeen, editor: PCeen, outbox: Outbox
) -> None:
    one = open_report(session, photo, ada)
    session.delete(photo)
    session.commit()
    client = login(editor)
    page = client.open_page("/photos/reports")
    assert page.text(".report-gone") == "Elle n'est plus dans l'album."

    client.submit(f"/photos/reports/{one.id}", decision="keep", answer="Partie")

    session.expire_all()
    assert one.status is ReportStatus.deleted
    assert mails(outbox)[0].outcome == "deleted"


def test_reports_are_for_who_writes_their_album_alone(
    session: Session, client: Client, login: Login, photo: Photo, ada: PCeen, editor: PCeen
) -> None:
    one = open_report(session, photo, ada)
    elsewhere = AlbumFactory()
    session.flush()
    stranger = PCeenFactory(can=[*READER, (T.write, S.album, elsewhere.id)])
    session.commit()

    assert client.get("/photos/reports").status_code == 302
    assert login(ada).get("/photos/reports").status_code == 403
    assert not login(stranger).open_page("/photos/reports").html.select(".report")
    assert decide(login(stranger), one, "keep") == 404
    assert decide(login(ada), one, "keep") == 404
    answer = login(ada).post(f"/photos/reports/{one.id}", data={"decision": "keep"})
    assert answer.status_code == 404
    session.expire_all()
    assert one.status is ReportStatus.open


def test_the_list_shows_those_to_decide_of_first_and_is_answered_without_a_script(
    session: Session, login: Login, photo: Photo, ada: PCeen, editor: PCeen, queries: list[str]
) -> None:
    reports = [open_report(session, photo, ada, reason=f"<b>{n}</b>") for n in range(3)]
    gone = open_report(
        session, photo, None, email="visitor@example.org", kind=ReportKind.me, reason=None
    )
    client = login(editor)
    queries.clear()
    page = client.open_page("/photos/reports")
    assert len(queries) <= 12
    assert page.texts(".report-reason") == ["<b>0</b>", "<b>1</b>", "<b>2</b>"]
    assert "visitor@example.org est dessus" in page.texts(".report")[3]
    sure, *others = page.html.select("[name=decision][data-confirm]")
    assert (sure["value"], len(others)) == ("delete", 3)
    assert sure["data-confirm"] == f"Supprimer {photo.original_name} pour toujours ?"

    page = client.submit(f"/photos/reports/{reports[1].id}", decision="keep", answer="Non.")

    assert page.flashes == ["La photo reste : qui l'a signalée est prévenu."]
    assert page.texts(".report .state")[-1] == "photo gardée"
    assert page.texts(".report")[-1].endswith("Non.")
    assert gone.status is ReportStatus.open


def test_the_plain_page_keeps_what_was_typed_and_leads_back_to_the_album(
    session: Session, login: Login, photo: Photo, ada: PCeen
) -> None:
    ada.locale = "fr"
    session.commit()
    client = login(ada)

    page = client.submit(page_of(photo), status=422, kind="other", reason="  ")
    assert page.text("#reason-errors") == "Dites pourquoi."
    assert page.html.select_one("input[value=other]").has_attr("checked")
    page = client.submit(page_of(photo), kind="other", reason="Pas nette", idempotency_key="k")

    assert page.flashes == ["C'est signalé : vous aurez une réponse par mail."]
    client.submit(page_of(photo), kind="other", reason="Pas nette", idempotency_key="k")
    assert [one.reason for one in made(session)] == ["Pas nette"]


def test_albums_are_kept_from_others_before_people_whatever_is_done(
    session: Session, login: Login, photo: Photo, ada: PCeen, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked: list[str] = []

    def locking(session: Session, row: object) -> None:
        locked.append(type(row).__name__)
        lock(session, row)

    for module in (service, tags, locks):
        monkeypatch.setattr(module, "lock", locking)
    client, asked = login(ada), where(photo)

    assert client.post("/api/photos/tag", json=asked | {"pceen_id": ada.id}).status_code == 201
    assert locked == ["Photo", "PCeen"]
    locked.clear()
    assert report(client, photo) == 201
    assert locked == ["Album", "Photo", "PCeen", "Album", "Photo"]


def test_two_who_are_on_it_at_once_hide_it_once_and_one_decides_of_each(shared: Flask) -> None:
    with shared.app_context():
        session = db.session()
        use(session)
        photo = PhotoFactory()
        PhotoFactory(album=photo.album)
        photo.album.nb_photos = 2
        people = [PCeenFactory(can=READER) for _ in range(3)]
        editor = PCeenFactory(can=[*READER, (T.write, S.collection)])
        session.commit()
        asked = where(photo) | {"kind": "me"}
        browsers = [browser_of(shared, session, who) for who in people]
        staff = [browser_of(shared, session, editor) for _ in range(4)]

    def send(do: Callable[[], int]) -> int:
        return do()

    with ThreadPoolExecutor(4) as threads:
        answers = [*threads.map(lambda one: one.post("/api/photos/report", json=asked), browsers)]
    assert {one.status_code for one in answers} <= {201, 404}
    assert 201 in {one.status_code for one in answers}

    with shared.app_context():
        reports = list(db.session().scalars(sa.select(PhotoReport)))
        assert [one.hid for one in reports].count(True) == 1
        assert db.session().scalars(sa.select(Album.nb_photos)).one() == 1
        key = next(one.id for one in reports if one.hid)
    path, body = f"/api/photos/report/{key}", {"decision": "keep"}
    with ThreadPoolExecutor(4) as threads:
        answers = [*threads.map(lambda one: one.post(path, json=body), staff)]
    assert sorted(one.status_code for one in answers) == [200, 409, 409, 409]


def browser_of(site: Flask, session: Session, who: PCeen) -> Client:
    begun = LoginSession(pceen=who, method="password")
    session.add(begun)
    session.commit()
    client = site.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = begun.secret
    return client
