"""The Bekk, the Panier Bio and the theatre club."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "20261201_community"
down_revision = "20261130_club_q"

_INSTANT = sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
_LONG_TEXT = sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")
SETTINGS = {
    "ACCESS_PANIER_BIO": False,
    "PANIER_BIO_DAY": 2,
    "PANIER_BIO_DEADLINE": "14:00",
    "PANIER_BIO_PRICE": 0,
    "PANIER_BIO_CAPACITY": 0,
}
#: In the order in which they may be dropped.
_TABLES = (
    "representation",
    "spectacle",
    "panier_bio_disabled_day",
    "order_panier_bio",
    "bekk_page",
    "saison",
    "period_panier_bio",
    "panier_bio_date",
    "bekk",
)

setting = sa.table("global_setting", sa.column("key"), sa.column("value", sa.JSON))


def upgrade() -> None:
    op.create_table(
        "bekk",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("promo", sa.Integer(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("name_key", sa.String(length=1000), nullable=False),
        sa.Column("original_name", sa.String(length=120), nullable=False),
        sa.Column("file", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("page_count", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "processing", "ready", "failed", name="documentstate", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("shown_revision", sa.Integer(), nullable=True),
        sa.Column("error", sa.String(length=280), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("promo BETWEEN 1 AND 999", name=op.f("ck_bekk_promo_in_range")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bekk")),
    )
    with op.batch_alter_table("bekk", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bekk_date"), ["date"], unique=False)
        batch_op.create_index(batch_op.f("ix_bekk_promo_date"), ["promo", "date"], unique=False)

    op.create_table(
        "panier_bio_date",
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(length=280), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("capacity >= 0", name=op.f("ck_panier_bio_date_capacity_not_negative")),
        sa.PrimaryKeyConstraint("date", name=op.f("pk_panier_bio_date")),
    )
    op.create_table(
        "period_panier_bio",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("start_date", sa.Date(), nullable=False),
        sa.Column("end_date", sa.Date(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "start_date <= end_date", name=op.f("ck_period_panier_bio_dates_in_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_period_panier_bio")),
    )
    with op.batch_alter_table("period_panier_bio", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_period_panier_bio_start_date"), ["start_date"], unique=False
        )

    op.create_table(
        "saison",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("description", _LONG_TEXT, nullable=False),
        sa.Column("start_date", sa.Date(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("poster", sa.String(length=64), nullable=True),
        sa.Column("poster_width", sa.Integer(), nullable=True),
        sa.Column("poster_height", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saison")),
    )
    with op.batch_alter_table("saison", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_saison_start_date"), ["start_date"], unique=False)

    op.create_table(
        "bekk_page",
        sa.Column("bekk_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("text_key", _LONG_TEXT, nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("text", _LONG_TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["bekk_id"], ["bekk.id"], name=op.f("fk_bekk_page_bekk_id_bekk"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("bekk_id", "revision", "number", name=op.f("pk_bekk_page")),
    )
    op.create_table(
        "order_panier_bio",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("period_id", sa.Integer(), nullable=False),
        sa.Column("pceen_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=130), nullable=False),
        sa.Column("service", sa.String(length=50), nullable=False),
        sa.Column("phone_number", sa.String(length=20), nullable=False),
        sa.Column("email", sa.String(length=120), nullable=True),
        sa.Column("locale", sa.String(length=8), nullable=True),
        sa.Column(
            "payment_method",
            sa.Enum("cash", "transfer", name="basketpayment", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("comment", sa.String(length=500), nullable=False),
        sa.Column("price", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "pending",
                "confirmed",
                "waiting",
                "cancelled",
                name="basketstatus",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("payment_made", sa.Boolean(), nullable=False),
        sa.Column("treasurer_validate", sa.Boolean(), nullable=False),
        sa.Column("taken", sa.Boolean(), nullable=False),
        sa.Column("taken_at", _INSTANT, nullable=True),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("confirmed_at", _INSTANT, nullable=True),
        sa.Column("cancelled_at", _INSTANT, nullable=True),
        sa.Column("reminded_at", _INSTANT, nullable=True),
        sa.Column("told_taken_at", _INSTANT, nullable=True),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("live_pceen", sa.Integer(), nullable=True),
        sa.Column("live_email", sa.String(length=120), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(status = 'cancelled') = (cancelled_at IS NOT NULL)",
            name=op.f("ck_order_panier_bio_cancelled_once"),
        ),
        sa.CheckConstraint(
            "status <> 'cancelled' OR (live_pceen IS NULL AND live_email IS NULL)",
            name=op.f("ck_order_panier_bio_gone_is_free"),
        ),
        sa.CheckConstraint(
            "pceen_id IS NULL OR live_email IS NULL", name=op.f("ck_order_panier_bio_one_owner")
        ),
        sa.CheckConstraint(
            "price BETWEEN 0 AND 100000", name=op.f("ck_order_panier_bio_price_in_range")
        ),
        sa.ForeignKeyConstraint(
            ["by_id"],
            ["pceen.id"],
            name=op.f("fk_order_panier_bio_by_id_pceen"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["pceen_id"],
            ["pceen.id"],
            name=op.f("fk_order_panier_bio_pceen_id_pceen"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["period_id"],
            ["period_panier_bio.id"],
            name=op.f("fk_order_panier_bio_period_id_period_panier_bio"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_panier_bio")),
        sa.UniqueConstraint("live_email", "date", name=op.f("uq_order_panier_bio_live_email_date")),
        sa.UniqueConstraint("live_pceen", "date", name=op.f("uq_order_panier_bio_live_pceen_date")),
    )
    with op.batch_alter_table("order_panier_bio", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_order_panier_bio_by_id"), ["by_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_order_panier_bio_date_status"), ["date", "status"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_order_panier_bio_email"), ["email"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_order_panier_bio_pceen_id"), ["pceen_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_order_panier_bio_period_id"), ["period_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_order_panier_bio_token_hash"), ["token_hash"], unique=False
        )

    op.create_table(
        "panier_bio_disabled_day",
        sa.Column("period_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["period_id"],
            ["period_panier_bio.id"],
            name=op.f("fk_panier_bio_disabled_day_period_id_period_panier_bio"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("period_id", "date", name=op.f("pk_panier_bio_disabled_day")),
    )
    op.create_table(
        "spectacle",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("saison_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("description", _LONG_TEXT, nullable=False),
        sa.Column("director", sa.String(length=64), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("ticket_link", sa.String(length=120), nullable=False),
        sa.Column("places", sa.String(length=255), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("poster", sa.String(length=64), nullable=True),
        sa.Column("poster_width", sa.Integer(), nullable=True),
        sa.Column("poster_height", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["saison_id"],
            ["saison.id"],
            name=op.f("fk_spectacle_saison_id_saison"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spectacle")),
    )
    with op.batch_alter_table("spectacle", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_spectacle_saison_id"), ["saison_id"], unique=False)

    op.create_table(
        "representation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("spectacle_id", sa.Integer(), nullable=False),
        sa.Column("date", _INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["spectacle_id"],
            ["spectacle.id"],
            name=op.f("fk_representation_spectacle_id_spectacle"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_representation")),
        sa.UniqueConstraint(
            "spectacle_id", "date", name=op.f("uq_representation_spectacle_id_date")
        ),
    )

    values = [{"key": key, "value": value} for key, value in SETTINGS.items()]
    op.bulk_insert(setting, values)


def downgrade() -> None:
    op.execute(setting.delete().where(setting.c.key.in_(SETTINGS)))
    for table in _TABLES:
        op.drop_table(table)
