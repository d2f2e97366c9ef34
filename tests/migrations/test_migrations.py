"""The migrations and the models say the same."""

import sqlalchemy as sa
from flask import Flask
from flask_migrate import check, downgrade, upgrade

from app.extensions import db
from app.models import Base, Offer, Permission, Role, Room, StoredChoice, public_role
from app.modules.gris.rules.seeded import SEEDED
from app.modules.gris.service import roles as service
from tests.fill import fill


def test_they_go_up_and_down_with_rows_in_the_tables(fresh: Flask) -> None:
    with fresh.app_context():
        upgrade()
        check()  # exits if a model was changed without a migration
        fill(db.session())
        for table in Base.metadata.sorted_tables:
            assert db.session.execute(sa.select(sa.func.count()).select_from(table)).scalar(), table
        db.session.remove()
        downgrade(revision="base")

        assert sa.inspect(db.engine).get_table_names() == ["alembic_version"]
        upgrade()


def test_an_empty_database_becomes_a_site(fresh: Flask) -> None:
    with fresh.app_context():
        upgrade()
        session = db.session()

        assert public_role(session).name == "PUBLIC"
        assert len(session.scalars(sa.select(Room)).all()) == 160
        assert len(session.scalars(sa.select(StoredChoice)).all()) == 43
        assert len(session.scalars(sa.select(Offer)).all()) == 4
        seeded = {
            role.slug: (
                role.name,
                role.index,
                role.color,
                {(p.type, p.scope) for p in role.permissions},
            )
            for role in session.scalars(sa.select(Role))
        }
        assert seeded == {r.slug: (r.name, r.index, r.color, set(r.rights)) for r in SEEDED}
        before = session.execute(sa.select(sa.func.count(Permission.id))).scalar_one()
        assert service.seed_roles(session) == []
        assert session.execute(sa.select(sa.func.count(Permission.id))).scalar_one() == before
        db.session.remove()


def test_the_rooms_are_those_of_the_plan(fresh: Flask) -> None:
    fresh.config["BUILDING_FLOORS"] = "1:3;2:2"
    with fresh.app_context():
        upgrade()

        rooms = db.session.scalars(sa.select(Room.num).order_by(Room.num)).all()
        assert rooms == [101, 102, 103, 201, 202]
        db.session.remove()


def test_to_migrate_again_changes_nothing(fresh: Flask) -> None:
    with fresh.app_context():
        upgrade()
        before = _rows()
        upgrade()

        assert _rows() == before


def _rows() -> dict[str, list[tuple[object, ...]]]:
    """All that the tables hold."""
    tables = Base.metadata.sorted_tables
    rows = {
        table.name: [tuple(row) for row in db.session.execute(sa.select(table))] for table in tables
    }
    db.session.remove()
    return rows
