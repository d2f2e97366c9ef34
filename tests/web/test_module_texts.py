"""The introductions of the modules: written, refused when stale, brought back."""

import pytest
from sqlalchemy.orm import Session

from app.models import AuditEvent, ModuleText, ModuleTextVersion, PCeen
from app.web import module_texts
from app.web.module_texts import StaleModuleText
from tests.client import Client, Page
from tests.conftest import Login
from tests.factories import PCeenFactory
from tests.factories.club_q import organiser, participant

PATH = "/club_q/edit_text"


@pytest.fixture
def staff(login: Login) -> Client:
    return login(organiser())


def version_of(page: Page) -> str:
    return str(page.html.select_one("form.form [name=version]")["value"])


def content(session: Session) -> str:
    session.commit()
    found = session.get(ModuleText, "club_q")
    return found.content if found else ""


def test_a_text_is_written_then_changed_and_what_it_was_is_kept(
    staff: Client, session: Session
) -> None:
    staff.submit(PATH, content="Un", version=version_of(staff.open_page(PATH)))
    staff.submit(PATH, content="Deux", version=version_of(staff.open_page(PATH)))
    staff.submit(PATH, content="Trois", version=version_of(staff.open_page(PATH)))

    assert content(session) == "Trois"
    kept = session.query(ModuleTextVersion).order_by(ModuleTextVersion.version).all()
    assert [(one.version, one.content) for one in kept] == [(1, "Un"), (2, "Deux")]
    assert all(one.by_id for one in kept)
    events = session.query(AuditEvent).filter_by(action="module_text.change").all()
    assert [event.after["version"] for event in events] == [1, 2, 3]


def test_a_former_version_comes_back(staff: Client, session: Session) -> None:
    for text in ("Un", "Deux"):
        staff.submit(PATH, content=text, version=version_of(staff.open_page(PATH)))

    page = staff.open_page(f"{PATH}?restore=1")
    assert page.text("textarea") == "Un"
    staff.submit(PATH, content="Un", version=version_of(page))

    assert content(session) == "Un"
    assert session.get_one(ModuleTextVersion, ("club_q", 2)).content == "Deux"


def test_what_is_stale_is_refused_and_nothing_typed_is_lost(
    staff: Client, session: Session
) -> None:
    stale = version_of(staff.open_page(PATH))
    staff.submit(PATH, content="Le premier **texte**", version=stale)

    page = staff.submit(PATH, content="Le second", version=stale, status=409)

    assert content(session) == "Le premier **texte**"
    assert page.text("textarea") == "Le second"
    assert page.text(".notice .md") == "Le premier texte"
    staff.submit(PATH, content="Les deux", version=version_of(page))
    assert content(session) == "Les deux"


@pytest.mark.once
def test_a_text_that_is_too_long_is_refused_with_what_was_typed(
    staff: Client, session: Session
) -> None:
    page = staff.submit(PATH, content="x" * 20_001, version="0", status=422)

    assert page.text("textarea") == "x" * 20_001
    assert content(session) == ""
    staff.submit(PATH, content="x" * 20_000, version="0")
    assert len(content(session)) == 20_000


@pytest.mark.once
@pytest.mark.parametrize("restore", ["x", "0", "99", "9" * 30, "-1"])
def test_a_version_that_is_not_there_is_not_offered(staff: Client, restore: str) -> None:
    assert staff.open_page(f"{PATH}?restore={restore}").text("textarea") == ""


def test_the_first_text_of_two_people_is_written_once(session: Session) -> None:
    someone: PCeen = PCeenFactory()
    module_texts.write(session, "bekk", "Un", version=0, by=someone)
    session.commit()

    with pytest.raises(StaleModuleText):
        module_texts.write(session, "bekk", "Deux", version=0, by=someone)


@pytest.mark.once
def test_who_does_not_write_changes_nothing(login: Login, session: Session) -> None:
    answer = login(participant()).post(PATH, data={"content": "Pirate", "version": "0"})

    assert answer.status_code == 403
    assert content(session) == ""


# What is shown while one writes


@pytest.mark.once
def test_the_preview_is_what_the_page_will_show(staff: Client) -> None:
    sent = {"text": "**Bonjour** <script>alert(1)</script>"}

    for answer in (
        staff.post("/api/markdown/preview", json=sent),
        staff.post("/api/markdown/preview", data=sent),
    ):
        assert answer.status_code == 200
        assert answer.json == {
            "html": "<p><strong>Bonjour</strong> &lt;script&gt;alert(1)&lt;/script&gt;</p>\n"
        }


@pytest.mark.once
@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"text": "x" * 20_000}, 200),
        ({"text": "x" * 20_001}, 413),
        ({"text": 7}, 400),
        ({"text": None}, 400),
        ({}, 400),
        ([], 400),
        ("x", 400),
    ],
)
def test_the_preview_takes_a_text_that_is_not_too_long(
    staff: Client, body: object, status: int
) -> None:
    answer = staff.post("/api/markdown/preview", json=body)

    assert answer.status_code == status
    if status != 200:
        assert answer.json is not None
        assert answer.json["error"]["status"] == status


@pytest.mark.once
def test_a_visitor_has_no_preview(client: Client) -> None:
    assert client.post("/api/markdown/preview", json={"text": "x"}).status_code == 401


@pytest.mark.once
def test_the_editor_is_a_text_area_without_scripts(staff: Client) -> None:
    page = staff.open_page(PATH)

    assert page.html.select_one("textarea[name=content]") is not None
    assert page.html.select_one(".md-bar").has_attr("hidden")
    assert len(page.html.select("[data-markdown-tool]")) == 8
