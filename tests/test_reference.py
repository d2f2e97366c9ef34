"""The reference school: small, it holds what it says, and every account adds up."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from app.cli.reference import COUNTS
from app.enums import PhotoState
from app.extensions import db
from app.integrations.folders import BekkFiles
from app.integrations.photo_store import PhotoStore
from app.models import (
    Album,
    Allocation,
    AuditEvent,
    BarItem,
    BarTransaction,
    Bekk,
    ClubQPreference,
    ClubQSpectacle,
    ClubQVoeu,
    Collection,
    Device,
    OrderPanierBio,
    OutboxEntry,
    Payment,
    PCeen,
    PeriodPanierBio,
    Photo,
    Role,
    Subscription,
)
from app.modules.club_q.choices import SEASON

SCALE = 0.05
AUDITS = (("bar", "audit"), ("payments", "audit"), ("audit", "verify"), ("photos", "verify"))


@pytest.fixture
def school(shared: Flask, tmp_path: Path) -> Iterator[FlaskCliRunner]:
    """A terminal, once a reference school of a twentieth is there."""
    shared.extensions["photo_store"] = PhotoStore(tmp_path / "photos")
    shared.extensions["bekk_files"] = BekkFiles(tmp_path / "bekks")
    terminal = shared.test_cli_runner()
    made = terminal.invoke(args=["demo", "load", "--size", "reference", "--scale", str(SCALE)])
    assert made.exit_code == 0, made.output
    yield terminal
    with shared.app_context():
        db.session.remove()


def many(session: Session, model: type, *conditions: sa.ColumnElement[bool]) -> int:
    stmt = sa.select(sa.func.count()).select_from(model).where(*conditions)
    return session.scalars(stmt).one()


def test_a_small_reference_school_is_in_proportion_and_adds_up(
    shared: Flask, school: FlaskCliRunner
) -> None:
    with shared.app_context(), db.session() as session:
        season = SEASON.get(session)
        residents = session.scalars(sa.select(sa.func.count(Device.pceen_id.distinct()))).one()
        found = {
            "accounts": many(session, PCeen) - 1,  # who is not of the school
            "residents": residents,
            "devices with an address": many(session, Allocation, Allocation.ended_at.is_(None)),
            "subscriptions": many(session, Subscription),
            "collections": many(session, Collection),
            "students": many(session, ClubQPreference, ClubQPreference.season_id == season),
            "audit rows": many(session, AuditEvent),
            "outbox rows": many(session, OutboxEntry),
        }
        at_least = {
            "roles": many(session, Role),
            "bar items": many(session, BarItem),
            "shows": many(session, ClubQSpectacle, ClubQSpectacle.season_id == season),
            "bekks": many(session, Bekk),
            "basket periods": many(session, PeriodPanierBio),
        }
        movements = many(session, BarTransaction)
        wishes = many(session, ClubQVoeu, ClubQVoeu.season_id == season)
        asked, places = (
            session.scalars(sa.select(sa.func.sum(column)).where(condition)).one()
            for column, condition in (
                (ClubQVoeu.places_demandees, ClubQVoeu.season_id == season),
                (ClubQSpectacle.nb_tickets, ClubQSpectacle.season_id == season),
            )
        )
        largest = session.scalars(sa.select(sa.func.max(Album.nb_photos))).one()
        unready = many(session, Photo, Photo.state != PhotoState.ready)
        orders = many(session, OrderPanierBio)
        paid = many(session, Payment, Payment.offer_slug == "12months")
    wanted = {name: round(COUNTS[name] * SCALE) for name in (*found, *at_least)}

    for name in ("subscriptions", "audit rows", "outbox rows"):  # the demonstration has its own
        assert found[name] >= wanted[name]
    for name in ("accounts", "residents", "devices with an address", "students"):
        assert abs(found[name] - wanted[name]) <= max(2, 0.15 * wanted[name]), name
    for name, number in at_least.items():
        assert number >= wanted[name], name
    assert abs(movements - COUNTS["bar movements"] * SCALE) < 20
    assert 3 <= wishes / found["students"] <= 10
    assert asked / places == pytest.approx(5, rel=0.5)
    assert (largest, unready) == (round(5000 * SCALE), 0)
    assert orders > 10
    assert paid > 0

    for command in AUDITS:
        said = school.invoke(args=list(command))
        assert said.exit_code == 0, said.output


def test_only_the_reference_school_is_multiplied(shared: Flask) -> None:
    said = shared.test_cli_runner().invoke(args=["demo", "load", "--scale", "2"])

    assert said.exit_code == 2
    assert "--scale is for --size reference." in said.output
