"""The GRIs' cockpit: doas, tasks, messages, seals of what was done, how the site was."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from app.models.immutable import guard_statements, unguard_statements

revision = "20261129_cockpit"
down_revision = "20261129_money"

_INSTANT = sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
_TABLES = (
    "task_run",
    "gri_card",
    "contact_message",
    "worker_beat",
    "solved_captcha",
    "site_sample",
    "audit_seal",
    "audit_head",
)
SETTINGS = {
    "MAINTENANCE": False,
    "MAINTENANCE_MESSAGE": "",
    "MAINTENANCE_UNTIL": "",
    "DOAS_MINUTES": 30,
    "CONTACT_PER_HOUR": 5,
}
#: An event may be deleted when its seal says so, or when it is older than the chain.
_DELETABLE = (
    "(EXISTS (SELECT 1 FROM audit_seal AS seal "
    "WHERE seal.event_id = OLD.id AND seal.purged_at IS NOT NULL) "
    "OR OLD.id < (SELECT begins_at FROM audit_head WHERE id = 1))"
)

setting = sa.table("global_setting", sa.column("key"), sa.column("value", sa.JSON))
event = sa.table("audit_event", sa.column("id"), sa.column("actor_id"), sa.column("as_id"))
head = sa.table("audit_head", *map(sa.column, ("id", "hash", "begins_at", "told_id")))
pceen = sa.table("pceen", sa.column("id"))


def upgrade() -> None:
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("begins_at", sa.Integer(), nullable=False),
        sa.Column("told_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "audit_seal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("sealed_at", _INSTANT, nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("purged_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_seal")),
        sa.UniqueConstraint("event_id", name=op.f("uq_audit_seal_event_id")),
    )
    op.create_table(
        "site_sample",
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("errors", sa.Integer(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("oldest_seconds", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("at", name=op.f("pk_site_sample")),
    )
    op.create_table(
        "solved_captcha",
        sa.Column("nonce", sa.String(length=32), nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("nonce", name=op.f("pk_solved_captcha")),
    )
    with op.batch_alter_table("solved_captcha", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_solved_captcha_expires_at"), ["expires_at"], unique=False
        )

    op.create_table(
        "worker_beat",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("started_at", _INSTANT, nullable=False),
        sa.Column("beat_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_worker_beat")),
    )
    with op.batch_alter_table("worker_beat", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_worker_beat_beat_at"), ["beat_at"], unique=False)

    op.create_table(
        "contact_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("pceen_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("email", sa.String(length=120), nullable=True),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("handled_at", _INSTANT, nullable=True),
        sa.Column("handled_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["handled_by_id"],
            ["pceen.id"],
            name=op.f("fk_contact_message_handled_by_id_pceen"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["pceen_id"],
            ["pceen.id"],
            name=op.f("fk_contact_message_pceen_id_pceen"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_message")),
    )
    with op.batch_alter_table("contact_message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contact_message_at"), ["at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_contact_message_handled_by_id"), ["handled_by_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_contact_message_pceen_id"), ["pceen_id"], unique=False)

    op.create_table(
        "gri_card",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pceen_id", sa.Integer(), nullable=False),
        sa.Column("title_fr", sa.String(length=64), nullable=True),
        sa.Column("title_en", sa.String(length=64), nullable=True),
        sa.Column("discord", sa.String(length=64), nullable=True),
        sa.Column("messenger", sa.String(length=64), nullable=True),
        sa.Column("show_room", sa.Boolean(), nullable=False),
        sa.Column("order_index", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pceen_id"], ["pceen.id"], name=op.f("fk_gri_card_pceen_id_pceen"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gri_card")),
        sa.UniqueConstraint("pceen_id", name=op.f("uq_gri_card_pceen_id")),
    )
    op.create_table(
        "task_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task", sa.String(length=64), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "running",
                "done",
                "failed",
                "cancelled",
                "timed_out",
                "interrupted",
                name="taskstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("requested_by_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=255), nullable=True),
        sa.Column("active_key", sa.String(length=64), nullable=True),
        sa.Column("queued_at", _INSTANT, nullable=False),
        sa.Column("started_at", _INSTANT, nullable=True),
        sa.Column("finished_at", _INSTANT, nullable=True),
        sa.Column("beat_at", _INSTANT, nullable=True),
        sa.Column("worker", sa.String(length=64), nullable=True),
        sa.Column("cancel_asked_at", _INSTANT, nullable=True),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("message", sa.String(length=255), nullable=True),
        sa.Column(
            "output", sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb"), nullable=False
        ),
        sa.Column("error", sa.String(length=500), nullable=True),
        sa.Column("incident", sa.String(length=32), nullable=True),
        sa.CheckConstraint(
            "progress BETWEEN 0 AND 100", name=op.f("ck_task_run_progress_in_percent")
        ),
        sa.ForeignKeyConstraint(
            ["requested_by_id"],
            ["pceen.id"],
            name=op.f("fk_task_run_requested_by_id_pceen"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_run")),
        sa.UniqueConstraint("active_key", name=op.f("uq_task_run_active_key")),
    )
    with op.batch_alter_table("task_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_task_run_queued_at"), ["queued_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_task_run_requested_by_id"), ["requested_by_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_task_run_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_task_run_task"), ["task"], unique=False)

    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_audit_event_object_type_object_id"),
            ["object_type", "object_id"],
            unique=False,
        )
        batch_op.drop_constraint(batch_op.f("fk_audit_event_actor_id_pceen"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_audit_event_as_id_pceen"), type_="foreignkey")

    with op.batch_alter_table("login_session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("doas_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("doas_reason", sa.String(length=255), nullable=True))
        batch_op.add_column(sa.Column("doas_since", _INSTANT, nullable=True))
        batch_op.create_index(batch_op.f("ix_login_session_doas_id"), ["doas_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_login_session_doas_id_pceen"),
            "pceen",
            ["doas_id"],
            ["id"],
            ondelete="SET NULL",
        )

    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("cancelled_at", _INSTANT, nullable=True))
    last = op.get_bind().execute(sa.select(sa.func.max(event.c.id))).scalar() or 0
    first = {"id": 1, "hash": "0" * 64, "begins_at": last + 1, "told_id": 0}
    op.bulk_insert(head, [first])
    op.bulk_insert(setting, [{"key": key, "value": value} for key, value in SETTINGS.items()])
    dialect = op.get_bind().dialect.name
    for statement in guard_statements("audit_event", dialect, deletable=_DELETABLE):
        op.execute(statement)


def downgrade() -> None:
    dialect = op.get_bind().dialect.name
    for statement in unguard_statements("audit_event", dialect, dropped=False):
        op.execute(statement)
    op.execute(setting.delete().where(setting.c.key.in_(SETTINGS)))
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_column("cancelled_at")
    with op.batch_alter_table("login_session", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_login_session_doas_id_pceen"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_login_session_doas_id"))
        batch_op.drop_column("doas_since")
        batch_op.drop_column("doas_reason")
        batch_op.drop_column("doas_id")
    for column in ("actor_id", "as_id"):  # of people who are gone
        gone = sa.and_(event.c[column].is_not(None), event.c[column].not_in(sa.select(pceen.c.id)))
        op.execute(event.update().where(gone).values({column: None}))
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        for column in ("actor_id", "as_id"):
            batch_op.create_foreign_key(
                batch_op.f(f"fk_audit_event_{column}_pceen"),
                "pceen",
                [column],
                ["id"],
                ondelete="RESTRICT",
            )
        batch_op.drop_index(batch_op.f("ix_audit_event_object_type_object_id"))
    for table in _TABLES:
        op.drop_table(table)
