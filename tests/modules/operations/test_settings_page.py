"""What GRIs choose while the site runs: typed, bounded, with its history."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.models import DOAS_MINUTES, MAINTENANCE_MESSAGE, AuditEvent, Choice, PCeen, StoredChoice
from app.web.module import installed_modules
from tests.client import Client
from tests.factories import PCeenFactory


@pytest.fixture
def gri(session: Session, login: Callable[[PCeen], Client]) -> Client:
    return login(PCeenFactory(prenom="Marie", nom="Curie", slugs=["gri"]))


def choices(client: Client) -> list[Choice[Any]]:
    with client.application.app_context():
        return [c for m in installed_modules() for c in m.choices if not c.apart]


def form(client: Client, **changes: object) -> dict[str, object]:
    """What the page would send, but for some changes."""
    page = client.open_page("/gris/settings")
    sent: dict[str, object] = {}
    for element in page.html.select("form[action='/gris/settings'] input[name]"):
        if element.get("type") == "checkbox" and not element.has_attr("checked"):
            continue
        sent[str(element["name"])] = element.get("value", "")
    return {**sent, **changes}


def test_one_is_changed_and_its_history_tells(gri: Client, session: Session) -> None:
    page = gri.submit("/gris/settings", **form(gri, DEVICE_LIMIT="12"))

    assert page.flashes == ["1 réglage changé."]
    assert session.get_one(StoredChoice, "DEVICE_LIMIT").value == 12
    (row,) = page.texts("table tbody tr")
    assert "Marie Curie" in row
    assert "Appareils par personne" in row
    assert row.endswith("10 12")


def test_what_is_not_changed_is_not_written(gri: Client, session: Session) -> None:
    page = gri.submit("/gris/settings", **form(gri))

    assert page.flashes == ["Rien n'a changé."]
    changes = sa.select(AuditEvent).where(AuditEvent.action == "operations.setting.change")
    assert session.scalars(changes).all() == []


@pytest.mark.parametrize("typed", ["0", "201", "-1", "douze", "1e3", "²", "", "9" * 400])
def test_a_value_out_of_bounds_changes_nothing_and_says_why(
    gri: Client, session: Session, typed: str
) -> None:
    page = gri.submit(
        "/gris/settings", status=422, **form(gri, DEVICE_LIMIT=typed, DOAS_MINUTES="60")
    )

    assert page.texts("#settings-DEVICE_LIMIT-errors")
    assert page.html.select_one("#settings-DOAS_MINUTES")["value"] == "60"  # type: ignore[index]
    session.expire_all()
    assert DOAS_MINUTES.get(session) == 30


def test_a_switch_is_turned_off_and_on(gri: Client, session: Session) -> None:
    sent = form(gri)
    sent.pop("REZIDENT_SELF_GRANT")

    gri.submit("/gris/settings", **sent)

    assert session.get_one(StoredChoice, "REZIDENT_SELF_GRANT").value is False


def test_two_who_change_the_same_one_are_told(gri: Client, session: Session) -> None:
    seen = form(gri, DEVICE_LIMIT="12", DOAS_MINUTES="60")
    gri.submit("/gris/settings", **form(gri, DEVICE_LIMIT="15"))

    page = gri.submit("/gris/settings", status=409, **seen)

    assert "Valeur actuelle : 15" in page.text("#settings-DEVICE_LIMIT-errors")
    session.expire_all()
    assert DOAS_MINUTES.get(session) == 30


def test_every_setting_is_there_with_its_bounds(gri: Client) -> None:
    page = gri.open_page("/gris/settings")

    for choice in choices(gri):
        assert page.html.select_one(f"#settings-{choice.key}") is not None, choice.key


def test_a_choice_accepts_its_own_type_within_its_bounds(session: Session) -> None:
    assert DOAS_MINUTES.accepts(5)
    assert not any(DOAS_MINUTES.accepts(value) for value in (4, 121, "30", True, 30.0, None))
    assert MAINTENANCE_MESSAGE.accepts("x" * 255)
    assert not MAINTENANCE_MESSAGE.accepts("x" * 256)
    with pytest.raises(ValueError, match="DOAS_MINUTES"):
        DOAS_MINUTES.set(session, 4)


def test_it_is_the_gris_alone(login: Callable[[PCeen], Client], session: Session) -> None:
    browser = login(PCeenFactory(slugs=["admin"]))

    assert browser.get("/gris/settings").status_code == 403
    assert browser.post("/gris/settings").status_code == 403
    assert browser.post("/gris/maintenance", data={"on": "1"}).status_code == 403
