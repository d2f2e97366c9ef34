from collections.abc import Callable
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from app.models import AuditEvent, PCeen, StoredChoice
from app.modules.bar.choices import OPEN, QUICK_ITEM
from app.modules.bar.queries.house import house
from tests.client import Client, Page
from tests.conftest import Login
from tests.factories import BarItemFactory, barman, manager

PATH = "/bar/settings"


@pytest.fixture
def boss() -> PCeen:
    return manager(prenom="Ada", nom="Lovelace")


@pytest.fixture
def office(login: Login, boss: PCeen) -> Client:
    return login(boss)


def sent(page: Page, **typed: str) -> dict[str, str]:
    """What the form of the settings sends, with what is typed in it."""
    found = {}
    for one in page.html.select("form.staff-settings input:not([type=file])"):
        if one.get("type") != "checkbox" or one.has_attr("checked"):
            found[one["name"]] = one.get("value", "")
    for one in page.html.select("form.staff-settings option[selected]"):
        found["quick_item"] = one["value"]
    return {**found, **typed}


Save = Callable[..., Page]


@pytest.fixture
def save(office: Client) -> Save:
    def saved(*, status: int = 200, **typed: str) -> Page:
        fields = sent(office.open_page(PATH), **typed)
        return office.submit(PATH, status=status, **fields)

    return saved


def test_what_is_saved_is_shown_again_as_saved(save: Save, session: Session) -> None:
    item = BarItemFactory()

    page = save(
        quick_item=str(item.id),
        alcohol_cap="28,8",
        minimum_age="0",
        day_start="05:30",
        revert_hours="0",
        deposit="0",
        top_up_max="1000",
        recharge_min="0,01",
        recharge_max="500",
    )

    kept = house(session)
    assert (kept.quick_item, kept.alcohol_cap) == (item.id, Decimal("28.8"))
    assert (kept.minimum_age, kept.revert_hours, kept.deposit_cents) == (0, 0, 0)
    assert (kept.top_up_max, kept.recharge_min, kept.recharge_max) == (100_000, 1, 50_000)
    shown = sent(page)
    assert (shown["alcohol_cap"], shown["day_start"]) == ("28,8", "05:30")
    assert (shown["recharge_min"], shown["quick_item"]) == ("0,01", str(item.id))


def test_a_cap_of_nothing_sells_no_alcohol_and_is_kept(save: Save, session: Session) -> None:
    save(alcohol_cap="0")

    assert house(session).alcohol_cap == 0


@pytest.mark.once
@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"alcohol_cap": "200,1"}, "alcohol_cap"),
        ({"alcohol_cap": "1,25"}, "alcohol_cap"),
        ({"alcohol_cap": ""}, "alcohol_cap"),
        ({"minimum_age": "100"}, "minimum_age"),
        ({"day_start": "24:00"}, "day_start"),
        ({"day_start": "6h"}, "day_start"),
        ({"revert_hours": "721"}, "revert_hours"),
        ({"deposit": "1000,01"}, "deposit"),
        ({"top_up_max": "0"}, "top_up_max"),
        ({"recharge_max": "500,01"}, "recharge_max"),
        ({"recharge_min": "10", "recharge_max": "9"}, "recharge_min"),
        ({"quick_item": "999999"}, "quick_item"),
    ],
)
def test_a_value_out_of_its_bounds_stands_next_to_its_field(
    save: Save, session: Session, typed: dict[str, str], field: str
) -> None:
    page = save(status=422, **typed)

    assert page.html.select(f"#{field}-errors")
    assert session.query(AuditEvent).filter_by(action="bar.settings.change").count() == 0


def test_only_what_changed_is_written_down(save: Save, session: Session) -> None:
    save(deposit="20", minimum_age="18")

    event = session.query(AuditEvent).filter_by(action="bar.settings.change").one()
    assert (event.before, event.after) == ({"BAR_DEPOSIT_AMOUNT": 0}, {"BAR_DEPOSIT_AMOUNT": 2000})


def test_a_form_that_is_no_longer_true_shows_both_values(
    office: Client, save: Save, session: Session
) -> None:
    fields = sent(office.open_page(PATH))
    save(deposit="20")

    page = office.submit(PATH, status=409, **fields | {"deposit": "30"})

    assert "20,00 €" in " ".join(page.text("#deposit-errors").split())
    assert sent(page)["deposit"] == "30"
    assert house(session).deposit_cents == 2000
    office.submit(PATH, **sent(page))
    assert house(session).deposit_cents == 3000


def test_the_bar_is_closed_and_opened(save: Save, office: Client, session: Session) -> None:
    fields = sent(office.open_page(PATH))
    del fields["is_open"]

    office.submit(PATH, **fields)

    assert OPEN.get(session) is False
    save(is_open="y")
    session.expire_all()
    assert OPEN.get(session) is True


def test_the_history_says_what_changed_by_whom(save: Save, office: Client) -> None:
    item = BarItemFactory(name="Bière")
    save(deposit="20", quick_item=str(item.id), alcohol_cap="12,5")
    save(day_start="05:00")

    rows = [" ".join(row.split()) for row in office.open_page(f"{PATH}/history").texts("tbody tr")]

    assert len(rows) == 4
    assert "06:00 05:00 Ada Lovelace" in rows[0]
    assert any("40 g 12,5 g Ada Lovelace" in row for row in rows)
    assert any("Aucun Bière Ada Lovelace" in row for row in rows)
    assert any("0,00 € 20,00 € Ada Lovelace" in row for row in rows)


def test_an_archived_item_is_quick_no_more_and_the_page_opens(
    office: Client, save: Save, session: Session
) -> None:
    item = BarItemFactory()
    save(quick_item=str(item.id))

    office.delete(f"/api/bar/item/{item.id}")

    assert QUICK_ITEM.get(session) == 0
    assert sent(office.open_page(PATH)).get("quick_item", "0") == "0"


def test_a_value_that_makes_no_sense_does_not_break_the_page(
    office: Client, session: Session
) -> None:
    session.merge(StoredChoice(key="BAR_DAY_START", value="midi"))
    session.commit()

    assert sent(office.open_page(PATH))["day_start"] == "06:00"


@pytest.mark.once
def test_a_barman_does_not_open_the_settings(login: Login) -> None:
    client = login(barman())

    assert client.get(PATH).status_code == 403
    assert client.get(f"{PATH}/history").status_code == 403
