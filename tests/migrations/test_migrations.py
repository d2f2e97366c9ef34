"""The migrations and the models say the same."""

import sqlalchemy as sa
from flask import Flask
from flask_migrate import check, downgrade, upgrade

from app.extensions import db
from app.models import Base, Permission, Role, Room, StoredChoice, public_role
from app.modules.gris import service
from app.modules.gris.rules import SEEDED
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
        assert len(session.scalars(sa.select(StoredChoice)).all()) == 4
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
