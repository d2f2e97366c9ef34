"""Offers, subscriptions, payments, bank statements, and the books."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from app.models.immutable import guard_statements, unguard_statements

revision = "20261129_money"
down_revision = "20261125_network"

_INSTANT = sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
_TABLES = (
    "journal_entry",
    "subscription",
    "payment_event",
    "payment",
    "bank_line",
    "offer",
    "bank_layout",
)
SETTINGS = {"RENEW_REMINDER_DAYS": 7}
#: slug, names, price in cents, months, whether it is listed.
OFFERS = (
    ("_first", "Offre de bienvenue", "Welcoming offer", 0, 0, False),
    ("3months", "3 mois", "3 months", 400, 2, True),
    ("6months", "6 mois", "6 months", 800, 5, True),
    ("12months", "12 mois", "12 months", 1500, 11, True),
)
DESCRIPTIONS = {
    "_first": ("Un mois offert à la première connexion.", "One free month at first connection."),
    "3months": (
        "2 mois, puis 1 mois offert pour renouveler.",
        "2 months, then 1 free month to renew.",
    ),
    "6months": (
        "5 mois, puis 1 mois offert pour renouveler.",
        "5 months, then 1 free month to renew.",
    ),
    "12months": (
        "11 mois, puis 1 mois offert pour renouveler.",
        "11 months, then 1 free month to renew.",
    ),
}

setting = sa.table("global_setting", sa.column("key"), sa.column("value", sa.JSON))
offer = sa.table(
    "offer",
    *map(
        sa.column,
        (
            "slug",
            "name_fr",
            "name_en",
            "description_fr",
            "description_en",
            "price_cents",
            "months",
            "days",
            "visible",
            "active",
            "version",
        ),
    ),
)


def upgrade() -> None:
    op.create_table(
        "bank_layout",
        sa.Column("header_hash", sa.String(length=64), nullable=False),
        sa.Column("layout", sa.JSON(), nullable=False),
        sa.Column("confirmed_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("header_hash", name=op.f("pk_bank_layout")),
    )
    op.create_table(
        "offer",
        sa.Column("slug", sa.String(length=32), nullable=False),
        sa.Column("name_fr", sa.String(length=64), nullable=False),
        sa.Column("name_en", sa.String(length=64), nullable=False),
        sa.Column("description_fr", sa.String(length=2000), nullable=True),
        sa.Column("description_en", sa.String(length=2000), nullable=True),
        sa.Column("price_cents", sa.Integer(), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("visible", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "slug = '_first' OR months + days > 0", name=op.f("ck_offer_lasts_a_day")
        ),
        sa.CheckConstraint(
            "months BETWEEN 0 AND 60 AND days BETWEEN 0 AND 366",
            name=op.f("ck_offer_length_in_range"),
        ),
        sa.CheckConstraint(
            "price_cents BETWEEN 0 AND 999999", name=op.f("ck_offer_price_in_range")
        ),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_offer")),
    )
    op.create_table(
        "bank_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("label", sa.String(length=255), nullable=False),
        sa.Column("amount_cents", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("imported_at", _INSTANT, nullable=False),
        sa.Column("imported_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_bank_line_amount_positive")),
        sa.ForeignKeyConstraint(
            ["imported_by_id"],
            ["pceen.id"],
            name=op.f("fk_bank_line_imported_by_id_pceen"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_line")),
        sa.UniqueConstraint("hash", name=op.f("uq_bank_line_hash")),
    )
    with op.batch_alter_table("bank_line", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_bank_line_imported_by_id"), ["imported_by_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_bank_line_status"), ["status"], unique=False)

    op.create_table(
        "payment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pceen_id", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("offer_slug", sa.String(length=32), nullable=True),
        sa.Column("amount_cents", sa.Integer(), nullable=False),
        sa.Column("method", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("payed_at", _INSTANT, nullable=True),
        sa.Column("order_ref", sa.String(length=40), nullable=True),
        sa.Column("lydia_uuid", sa.String(length=64), nullable=True),
        sa.Column("lydia_request_id", sa.String(length=64), nullable=True),
        sa.Column("lydia_transaction_id", sa.String(length=64), nullable=True),
        sa.Column("gri_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.Column("bank_line_id", sa.Integer(), nullable=True),
        sa.Column("revoked_at", _INSTANT, nullable=True),
        sa.Column("revoked_by_id", sa.Integer(), nullable=True),
        sa.Column("revoked_why", sa.String(length=255), nullable=False),
        sa.Column("polls", sa.Integer(), nullable=False),
        sa.Column("next_poll_at", _INSTANT, nullable=True),
        sa.Column("checked_at", _INSTANT, nullable=True),
        sa.Column("idempotency_key", sa.String(length=64), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "method <> 'gift' OR amount_cents = 0", name=op.f("ck_payment_gift_is_free")
        ),
        sa.CheckConstraint(
            "revoked_at IS NULL OR (status = 'cancelled' AND payed_at IS NOT NULL)",
            name=op.f("ck_payment_revoked_once_paid"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('accepted', 'manual') OR (payed_at IS NOT NULL AND revoked_at IS NULL)",
            name=op.f("ck_payment_paid_when_it_says_so"),
        ),
        sa.CheckConstraint(
            "type <> 'internet' OR offer_slug IS NOT NULL",
            name=op.f("ck_payment_internet_has_an_offer"),
        ),
        sa.CheckConstraint("amount_cents >= 0", name=op.f("ck_payment_amount_not_negative")),
        sa.ForeignKeyConstraint(
            ["bank_line_id"],
            ["bank_line.id"],
            name=op.f("fk_payment_bank_line_id_bank_line"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["gri_id"], ["pceen.id"], name=op.f("fk_payment_gri_id_pceen"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["offer_slug"],
            ["offer.slug"],
            name=op.f("fk_payment_offer_slug_offer"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["pceen_id"], ["pceen.id"], name=op.f("fk_payment_pceen_id_pceen"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["revoked_by_id"],
            ["pceen.id"],
            name=op.f("fk_payment_revoked_by_id_pceen"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint("bank_line_id", name=op.f("uq_payment_bank_line_id")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_payment_idempotency_key")),
        sa.UniqueConstraint("lydia_request_id", name=op.f("uq_payment_lydia_request_id")),
        sa.UniqueConstraint("lydia_transaction_id", name=op.f("uq_payment_lydia_transaction_id")),
        sa.UniqueConstraint("lydia_uuid", name=op.f("uq_payment_lydia_uuid")),
        sa.UniqueConstraint("order_ref", name=op.f("uq_payment_order_ref")),
    )
    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payment_gri_id"), ["gri_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_payment_offer_slug"), ["offer_slug"], unique=False)
        batch_op.create_index(batch_op.f("ix_payment_payed_at"), ["payed_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_payment_pceen_id"), ["pceen_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_payment_revoked_by_id"), ["revoked_by_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_payment_status_next_poll_at"), ["status", "next_poll_at"], unique=False
        )

    op.create_table(
        "payment_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("payment_id", sa.Integer(), nullable=True),
        sa.Column("order_ref", sa.String(length=40), nullable=True),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("transaction_id", sa.String(length=64), nullable=True),
        sa.Column("amount_cents", sa.Integer(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=False),
        sa.Column("unmatched_key", sa.String(length=128), nullable=True),
        sa.Column("settled_at", _INSTANT, nullable=True),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.Column("settled_how", sa.String(length=32), nullable=True),
        sa.Column("settled_note", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["payment_id"],
            ["payment.id"],
            name=op.f("fk_payment_event_payment_id_payment"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["settled_by_id"],
            ["pceen.id"],
            name=op.f("fk_payment_event_settled_by_id_pceen"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_event")),
        sa.UniqueConstraint("unmatched_key", name=op.f("uq_payment_event_unmatched_key")),
    )
    with op.batch_alter_table("payment_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payment_event_at"), ["at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_payment_event_payment_id"), ["payment_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_payment_event_settled_by_id"), ["settled_by_id"], unique=False
        )

    op.create_table(
        "subscription",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pceen_id", sa.Integer(), nullable=False),
        sa.Column("offer_slug", sa.String(length=32), nullable=False),
        sa.Column("payment_id", sa.Integer(), nullable=True),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("reminded_at", _INSTANT, nullable=True),
        sa.Column("revoked_at", _INSTANT, nullable=True),
        sa.Column("welcome_of", sa.Integer(), nullable=True),
        sa.Column("effective_start", sa.Date(), nullable=True),
        sa.Column("welcome_mac", sa.String(length=17), nullable=True),
        sa.Column("is_doubtful", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            sa.column("end") >= sa.column("start"),
            name=op.f("ck_subscription_ends_after_it_starts"),
        ),
        sa.CheckConstraint(
            "(payment_id IS NULL) = (welcome_of IS NOT NULL)",
            name=op.f("ck_subscription_paid_or_welcome"),
        ),
        sa.ForeignKeyConstraint(
            ["offer_slug"],
            ["offer.slug"],
            name=op.f("fk_subscription_offer_slug_offer"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"],
            ["payment.id"],
            name=op.f("fk_subscription_payment_id_payment"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["pceen_id"],
            ["pceen.id"],
            name=op.f("fk_subscription_pceen_id_pceen"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["welcome_of"],
            ["pceen.id"],
            name=op.f("fk_subscription_welcome_of_pceen"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_subscription_payment_id")),
        sa.UniqueConstraint(
            "pceen_id", "effective_start", name=op.f("uq_subscription_pceen_id_effective_start")
        ),
        sa.UniqueConstraint("welcome_of", name=op.f("uq_subscription_welcome_of")),
    )
    with op.batch_alter_table("subscription", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_subscription_offer_slug"), ["offer_slug"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_subscription_pceen_id"), ["pceen_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_subscription_welcome_mac"), ["welcome_mac"], unique=False
        )

    op.create_table(
        "journal_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("debit", sa.String(length=32), nullable=False),
        sa.Column("credit", sa.String(length=32), nullable=False),
        sa.Column("amount_cents", sa.Integer(), nullable=False),
        sa.Column("payment_id", sa.Integer(), nullable=True),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("reverses_id", sa.Integer(), nullable=True),
        sa.Column("label", sa.String(length=255), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'reversal') = (reverses_id IS NOT NULL)",
            name=op.f("ck_journal_entry_reversal_of_something"),
        ),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_journal_entry_amount_positive")),
        sa.CheckConstraint("debit <> credit", name=op.f("ck_journal_entry_two_accounts")),
        sa.ForeignKeyConstraint(
            ["by_id"], ["pceen.id"], name=op.f("fk_journal_entry_by_id_pceen"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["payment_event.id"],
            name=op.f("fk_journal_entry_event_id_payment_event"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"],
            ["payment.id"],
            name=op.f("fk_journal_entry_payment_id_payment"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"],
            ["journal_entry.id"],
            name=op.f("fk_journal_entry_reverses_id_journal_entry"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_entry")),
        sa.UniqueConstraint("event_id", "kind", name=op.f("uq_journal_entry_event_id_kind")),
        sa.UniqueConstraint("payment_id", "kind", name=op.f("uq_journal_entry_payment_id_kind")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_journal_entry_reverses_id")),
    )
    with op.batch_alter_table("journal_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_journal_entry_by_id"), ["by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_journal_entry_day"), ["day"], unique=False)
        batch_op.create_index(batch_op.f("ix_journal_entry_event_id"), ["event_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_journal_entry_payment_id"), ["payment_id"], unique=False
        )

    with op.batch_alter_table("pceen", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sub_state", sa.String(length=32), nullable=True))
        batch_op.create_index(batch_op.f("ix_pceen_sub_state"), ["sub_state"], unique=False)
    for statement in guard_statements("journal_entry", op.get_bind().dialect.name):
        op.execute(statement)
    op.bulk_insert(setting, [{"key": key, "value": value} for key, value in SETTINGS.items()])
    op.bulk_insert(offer, [_row(*one) for one in OFFERS])


def _row(
    slug: str,
    name_fr: str,
    name_en: str,
    price_cents: int,
    months: int,
    visible: bool,  # noqa: FBT001  # a row
) -> dict[str, object]:
    description_fr, description_en = DESCRIPTIONS[slug]
    return {
        "slug": slug,
        "name_fr": name_fr,
        "name_en": name_en,
        "description_fr": description_fr,
        "description_en": description_en,
        "price_cents": price_cents,
        "months": months,
        "days": 0,
        "visible": visible,
        "active": True,
        "version": 1,
    }


def downgrade() -> None:
    op.execute(setting.delete().where(setting.c.key.in_(SETTINGS)))
    with op.batch_alter_table("pceen", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pceen_sub_state"))
        batch_op.drop_column("sub_state")
    for table in _TABLES:
        op.drop_table(table)
    for statement in unguard_statements("journal_entry", op.get_bind().dialect.name):
        op.execute(statement)
