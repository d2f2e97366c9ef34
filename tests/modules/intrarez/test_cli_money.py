"""``flask offers`` and ``flask subscriptions``, as one types them."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from app.core import clock
from app.models import Offer, PCeen, Subscription
from app.modules.intrarez.service import subscriptions
from tests.conftest import Outbox
from tests.factories import DeviceFactory, PCeenFactory, RentalFactory
from tests.factories.money import PaymentFactory
from tests.modules.intrarez.test_routes import tables

SPRING = {
    "slug": "spring",
    "name_fr": "Printemps",
    "name_en": "Spring",
    "price_cents": 300,
    "months": 1,
}


def written(path: Path, *offers: object) -> str:
    path.write_text(json.dumps(offers))
    return str(path)


def resident(session: Session, *, days_ago: int = 0) -> PCeen:
    """Someone with a room and a device, and no subscription."""
    pceen: PCeen = RentalFactory().pceen
    device = DeviceFactory(pceen=pceen)
    device.registered_at = clock.now() - timedelta(days=days_ago)
    session.commit()
    return pceen


# flask offers


def test_the_offers_are_listed_with_how_they_were_used(
    session: Session, cli: FlaskCliRunner
) -> None:
    output = cli.invoke(args=["offers", "list"]).output.splitlines()

    assert output[0].split() == [
        *("3months", "4.00", "EUR", "2", "months", "0", "days", "listed", "0")
    ]
    assert output[-1].startswith("_first")
    assert "hidden" in output[-1]


def test_to_seed_again_changes_nothing_even_what_a_gri_changed(
    session: Session, cli: FlaskCliRunner
) -> None:
    session.get_one(Offer, "3months").price_cents = 500
    session.commit()
    before = tables(session)

    done = cli.invoke(args=["offers", "seed"])

    assert (done.exit_code, done.stderr) == (0, "Nothing to do.\n")
    assert tables(session) == before


def test_a_file_makes_what_is_missing(
    session: Session, cli: FlaskCliRunner, tmp_path: Path
) -> None:
    done = cli.invoke(args=["offers", "seed", "--file", written(tmp_path / "o.json", SPRING)])

    assert (done.exit_code, done.stderr) == (0, "spring\n")
    session.expire_all()
    assert session.get_one(Offer, "spring").price_cents == 300


def test_another_price_for_an_offer_that_was_used_stops_all(
    session: Session, cli: FlaskCliRunner, tmp_path: Path
) -> None:
    PaymentFactory(offer_slug="3months")
    dearer = {**SPRING, "slug": "3months", "price_cents": 999, "months": 2}
    file = written(tmp_path / "offers.json", SPRING, dearer)
    before = tables(session)

    done = cli.invoke(args=["offers", "seed", "--file", file])

    assert done.exit_code != 0
    assert "3months" in done.stderr
    assert tables(session) == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"slug": "Spring!"},
        {"slug": "s" * 33},
        {"price_cents": -1},
        {"price_cents": 1_000_000},
        {"months": 61},
        {"days": 367},
        {"months": 0},
        {"name_fr": ""},
        {"name_en": "x" * 65},
        {"unknown": 1},
        {"price_cents": "much"},
    ],
    ids=str,
)
def test_an_offer_that_is_badly_written_is_refused_in_a_line(
    session: Session, cli: FlaskCliRunner, tmp_path: Path, wrong: dict[str, object]
) -> None:
    before = tables(session)

    done = cli.invoke(
        args=["offers", "seed", "--file", written(tmp_path / "o.json", {**SPRING, **wrong})]
    )

    assert done.exit_code != 0
    assert done.stderr.startswith("Error: ")
    assert "Traceback" not in done.stderr
    assert tables(session) == before


def test_what_is_no_list_of_offers_is_refused(
    session: Session, cli: FlaskCliRunner, tmp_path: Path
) -> None:
    file = tmp_path / "offers.json"
    file.write_text("{nonsense")

    done = cli.invoke(args=["offers", "seed", "--file", str(file)])

    assert done.exit_code != 0
    assert "offers.json" in done.stderr


# flask subscriptions


def test_a_dry_run_says_what_would_be_done_and_does_nothing(
    session: Session, cli: FlaskCliRunner
) -> None:
    pceen = resident(session)
    before = tables(session)

    done = cli.invoke(args=["subscriptions", "update", "--dry-run"])

    said = f"person {pceen.id}: welcome month, becomes trial, told"
    assert (done.exit_code, done.stdout) == (0, f"{said}\n")
    assert tables(session) == before


@time_machine.travel(datetime(2026, 11, 30, 11, tzinfo=UTC), tick=False)
def test_the_days_work_is_done_once(session: Session, cli: FlaskCliRunner) -> None:
    pceen = resident(session, days_ago=40)

    first = cli.invoke(args=["subscriptions", "update"])
    again = cli.invoke(args=["subscriptions", "update"])

    assert "1 done, 0 failed." in first.stderr
    assert "0 done, 0 failed." in again.stderr
    given = session.scalars(sa.select(Subscription)).one()
    assert given.pceen_id == pceen.id
    assert given.start == clock.today() - timedelta(days=40)
    assert given.end == clock.today()


def test_someone_who_fails_is_named_and_the_command_says_so(
    session: Session, cli: FlaskCliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    pceen = resident(session)
    monkeypatch.setattr(subscriptions, "_welcome", lambda *_: {}["missing"])

    done = cli.invoke(args=["subscriptions", "update"])

    assert done.exit_code == 1
    assert f"person {pceen.id}" in done.stdout
    assert "FAILED: KeyError" in done.stdout


def test_a_residence_begins_to_charge_once_it_says_so(
    session: Session, cli: FlaskCliRunner, outbox: Outbox
) -> None:
    resident(session)
    before = tables(session)

    asked = cli.invoke(args=["subscriptions", "setup"])
    assert tables(session) == before
    session.commit()
    done = cli.invoke(args=["subscriptions", "setup", "--apply"])
    again = cli.invoke(args=["subscriptions", "setup", "--apply"])

    assert "1 people would get" in asked.output
    assert done.output == "1 people have a welcome month.\n"
    assert again.output == "0 people have a welcome month.\n"
    assert [effect.kind for effect in outbox()] == ["intrarez.on_setup"]


def test_where_someone_stands_is_told(session: Session, cli: FlaskCliRunner) -> None:
    pceen = PCeenFactory(username="ada")
    day = date(2026, 1, 1)
    session.add(
        Subscription(
            pceen=pceen,
            offer_slug="_first",
            start=day,
            end=day,
            effective_start=day,
            welcome_of=pceen.id,
        )
    )
    session.commit()

    output = cli.invoke(args=["subscriptions", "show", "ada"]).output

    assert "outlaw, cut on 2026-02-02" in output
    assert "2026-01-01 - 2026-01-01  _first  welcome" in output


def test_nobody_of_that_name_is_told_in_a_line(session: Session, cli: FlaskCliRunner) -> None:
    done = cli.invoke(args=["subscriptions", "show", "nobody"])

    assert done.exit_code != 0
    assert done.stderr.startswith("Error: ")
