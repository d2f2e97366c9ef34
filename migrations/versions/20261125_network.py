"""Claims on rooms, samples of the network, when the gateway obeyed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "20261125_network"
down_revision = "20261124_seed"

_INSTANT = sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
_REFERENCES = (
    ("room_num", "room", "num"),
    ("pceen_id", "pceen", "id"),
    ("rental_id", "rental", "id"),
    ("decided_by_id", "pceen", "id"),
)
SETTINGS = {"TAKE_OVER_MIN_AGE_DAYS": 7, "TAKE_OVER_MAX": 2, "TAKE_OVER_WINDOW_DAYS": 30}

setting = sa.table("global_setting", sa.column("key"), sa.column("value", sa.JSON))


def upgrade() -> None:
    op.create_table(
        "room_claim",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("room_num", sa.Integer(), nullable=False),
        sa.Column("pceen_id", sa.Integer(), nullable=False),
        sa.Column("rental_id", sa.Integer(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("message", sa.String(length=2000), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("decided_at", _INSTANT, nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("open_key", sa.String(length=32), nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [column],
                [f"{table}.{key}"],
                name=op.f(f"fk_room_claim_{column}_{table}"),
                ondelete="RESTRICT",
            )
            for column, table, key in _REFERENCES
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_claim")),
        sa.UniqueConstraint("open_key", name=op.f("uq_room_claim_open_key")),
    )
    with op.batch_alter_table("room_claim", schema=None) as batch_op:
        for column, _table, _key in _REFERENCES:
            batch_op.create_index(batch_op.f(f"ix_room_claim_{column}"), [column], unique=False)
    op.create_table(
        "network_sample",
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("online", sa.Integer(), nullable=False),
        sa.Column("pool", sa.Integer(), nullable=True),
        sa.Column("rooms", sa.Integer(), nullable=True),
        sa.Column("bans", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("at", name=op.f("pk_network_sample")),
    )
    with op.batch_alter_table("dhcp_run", schema=None) as batch_op:
        batch_op.add_column(sa.Column("admitted", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("reloaded_at", _INSTANT, nullable=True))
    with op.batch_alter_table("ban", schema=None) as batch_op:
        batch_op.add_column(sa.Column("created_at", _INSTANT, nullable=True))
    ban = sa.table("ban", sa.column("created_at"), sa.column("starts_at"))
    op.execute(ban.update().values(created_at=ban.c.starts_at))
    with op.batch_alter_table("ban", schema=None) as batch_op:
        batch_op.alter_column("created_at", existing_type=_INSTANT, nullable=False)
    op.bulk_insert(setting, [{"key": key, "value": value} for key, value in SETTINGS.items()])


def downgrade() -> None:
    op.execute(setting.delete().where(setting.c.key.in_(SETTINGS)))
    with op.batch_alter_table("ban", schema=None) as batch_op:
        batch_op.drop_column("created_at")
    with op.batch_alter_table("dhcp_run", schema=None) as batch_op:
        batch_op.drop_column("reloaded_at")
        batch_op.drop_column("admitted")
    op.drop_table("network_sample")
    op.drop_table("room_claim")
