"""The bar: accounts, items, the ledger, what is derived from it, the cash box."""

import secrets

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from app.models.immutable import Moving, guard_statements, unguard_statements

revision = "20261129_bar"
down_revision = "20261129_photos"

_INSTANT = sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
SETTINGS = {
    "MAX_DAILY_ALCOHOLIC_DRINKS_PER_USER": "40.0",
    "QUICK_ACCESS_ITEM_ID": 0,
    "BAR_RECHARGE_MIN": 30,
    "BAR_RECHARGE_MAX": 10_000,
    "BAR_TOP_UP_MAX": 50_000,
    "BAR_DEPOSIT_AMOUNT": 0,
    "BAR_DAY_START": "06:00",
    "BAR_MINIMUM_AGE": 18,
    "BAR_REVERT_HOURS": 24,
    "BAR_OPEN": True,
    "BAR_BACKGROUND": "",
}
#: In the order in which they may be dropped.
_TABLES = ("bar_transaction", "bar_daily_data", "bar_account", "bar_item", "bar_closing")
#: The tables whose lines are never changed, but for whose they are, in a merge.
_OWNERS = ("client_id", "barman_id")
_KEPT = (
    *("id", "at", "bar_day", "bar_hour", "type", "item_id", "item_name", "price_cents"),
    *("alcohol_mass", "stock_change", "balance_change_cents", "deposit_change_cents"),
    *("balance_after_cents", "alcohol_after", "stock_after", "revert_until", "method", "reason"),
    *("payment_id", "reverses_id", "idempotency_key", "request_hash"),
)

setting = sa.table("global_setting", sa.column("key"), sa.column("value", sa.JSON))
pceen = sa.table("pceen", sa.column("id"))
account = sa.table(
    "bar_account",
    *map(
        sa.column,
        ("pceen_id", "balance_cents", "deposit_owed_cents", "nickname_key", "qr_code", "version"),
    ),
)


def upgrade() -> None:
    op.create_table(
        "bar_closing",
        sa.Column("rank", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("bar_day", sa.Date(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("opening_cents", sa.Integer(), nullable=False),
        sa.Column("ledger_cents", sa.Integer(), nullable=False),
        sa.Column("expected_cents", sa.Integer(), nullable=False),
        sa.Column("counted_cents", sa.Integer(), nullable=False),
        sa.Column("taken_cents", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=280), nullable=True),
        sa.CheckConstraint("counted_cents >= 0", name=op.f("ck_bar_closing_counted_not_negative")),
        sa.CheckConstraint(
            "taken_cents BETWEEN 0 AND counted_cents",
            name=op.f("ck_bar_closing_taken_from_what_is_there"),
        ),
        sa.PrimaryKeyConstraint("rank", name=op.f("pk_bar_closing")),
    )
    with op.batch_alter_table("bar_closing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bar_closing_bar_day"), ["bar_day"], unique=False)
        batch_op.create_index(batch_op.f("ix_bar_closing_by_id"), ["by_id"], unique=False)

    op.create_table(
        "bar_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("live_name", sa.String(length=64), nullable=True),
        sa.Column("price_cents", sa.Integer(), nullable=False),
        sa.Column("alcohol_mass", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=True),
        sa.Column("counted_from_id", sa.Integer(), nullable=True),
        sa.Column("favorite_index", sa.Integer(), nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "alcohol_mass BETWEEN 0 AND 9999", name=op.f("ck_bar_item_alcohol_in_range")
        ),
        sa.CheckConstraint(
            "archived = (live_name IS NULL)", name=op.f("ck_bar_item_name_is_free_once_archived")
        ),
        sa.CheckConstraint("favorite_index >= 0", name=op.f("ck_bar_item_favorite_not_negative")),
        sa.CheckConstraint(
            "price_cents BETWEEN 0 AND 99999", name=op.f("ck_bar_item_price_in_range")
        ),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_bar_item_quantity_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bar_item")),
        sa.UniqueConstraint("live_name", name=op.f("uq_bar_item_live_name")),
    )
    op.create_table(
        "bar_account",
        sa.Column("pceen_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("balance_cents", sa.Integer(), nullable=False),
        sa.Column("deposit_cents", sa.Integer(), nullable=True),
        sa.Column("deposit_owed_cents", sa.Integer(), nullable=False),
        sa.Column("nickname", sa.String(length=128), nullable=True),
        sa.Column("nickname_key", sa.String(length=190), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("qr_code", sa.String(length=64), nullable=False),
        sa.Column("avatar", sa.String(length=64), nullable=True),
        sa.Column("alert_cents", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("alert_cents > 0", name=op.f("ck_bar_account_alert_positive")),
        sa.CheckConstraint(
            "balance_cents BETWEEN 0 AND 999999", name=op.f("ck_bar_account_balance_in_range")
        ),
        sa.CheckConstraint("deposit_cents >= 0", name=op.f("ck_bar_account_deposit_not_negative")),
        sa.CheckConstraint(
            "deposit_owed_cents >= 0", name=op.f("ck_bar_account_owed_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["pceen_id"],
            ["pceen.id"],
            name=op.f("fk_bar_account_pceen_id_pceen"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("pceen_id", name=op.f("pk_bar_account")),
        sa.UniqueConstraint("qr_code", name=op.f("uq_bar_account_qr_code")),
    )
    op.create_table(
        "bar_daily_data",
        sa.Column("pceen_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("bar_day", sa.Date(), nullable=False),
        sa.Column("balance_change_cents", sa.Integer(), nullable=False),
        sa.Column("total_spent_cents", sa.Integer(), nullable=False),
        sa.Column("items_bought_count", sa.Integer(), nullable=False),
        sa.Column("alcohol_bought", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pceen_id"],
            ["bar_account.pceen_id"],
            name=op.f("fk_bar_daily_data_pceen_id_bar_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("pceen_id", "bar_day", name=op.f("pk_bar_daily_data")),
    )
    with op.batch_alter_table("bar_daily_data", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bar_daily_data_bar_day"), ["bar_day"], unique=False)

    op.create_table(
        "bar_transaction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=True),
        sa.Column("barman_id", sa.Integer(), nullable=True),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("bar_day", sa.Date(), nullable=False),
        sa.Column("bar_hour", sa.SmallInteger(), nullable=False),
        sa.Column(
            "type",
            sa.Enum(
                "pay_item",
                "top_up",
                "reversal",
                "refund",
                "adjustment",
                "deposit",
                "deposit_refund",
                "stock",
                name="barkind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("item_name", sa.String(length=64), nullable=True),
        sa.Column("price_cents", sa.Integer(), nullable=True),
        sa.Column("alcohol_mass", sa.Integer(), nullable=True),
        sa.Column("stock_change", sa.Integer(), nullable=False),
        sa.Column("balance_change_cents", sa.Integer(), nullable=False),
        sa.Column("deposit_change_cents", sa.Integer(), nullable=False),
        sa.Column("balance_after_cents", sa.Integer(), nullable=True),
        sa.Column("alcohol_after", sa.Integer(), nullable=True),
        sa.Column("stock_after", sa.Integer(), nullable=True),
        sa.Column("revert_until", _INSTANT, nullable=True),
        sa.Column(
            "method",
            sa.Enum(
                "cash",
                "card",
                "transfer",
                "cheque",
                "lydia",
                name="barmethod",
                native_enum=False,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("reason", sa.String(length=280), nullable=True),
        sa.Column("payment_id", sa.Integer(), nullable=True),
        sa.Column("reverses_id", sa.Integer(), nullable=True),
        sa.Column("idempotency_key", sa.String(length=64), nullable=True),
        sa.Column("request_hash", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "(client_id IS NULL) = (type = 'stock')",
            name=op.f("ck_bar_transaction_client_but_for_stock"),
        ),
        sa.CheckConstraint(
            "(type = 'reversal') = (reverses_id IS NOT NULL)",
            name=op.f("ck_bar_transaction_reverses_something"),
        ),
        sa.CheckConstraint(
            "payment_id IS NULL OR type = 'top_up'", name=op.f("ck_bar_transaction_payment_tops_up")
        ),
        sa.CheckConstraint(
            "balance_after_cents BETWEEN 0 AND 999999",
            name=op.f("ck_bar_transaction_balance_in_range"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["bar_account.pceen_id"],
            name=op.f("fk_bar_transaction_client_id_bar_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["bar_item.id"],
            name=op.f("fk_bar_transaction_item_id_bar_item"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"],
            ["payment.id"],
            name=op.f("fk_bar_transaction_payment_id_payment"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"],
            ["bar_transaction.id"],
            name=op.f("fk_bar_transaction_reverses_id_bar_transaction"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bar_transaction")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_bar_transaction_idempotency_key")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_bar_transaction_payment_id")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_bar_transaction_reverses_id")),
    )
    with op.batch_alter_table("bar_transaction", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_bar_transaction_bar_day_id"), ["bar_day", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_bar_transaction_barman_id"), ["barman_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_bar_transaction_client_id_id"), ["client_id", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_bar_transaction_item_id_id"), ["item_id", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_bar_transaction_method_id"), ["method", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_bar_transaction_type_id"), ["type", "id"], unique=False
        )
    connection = op.get_bind()
    dialect = connection.dialect.name
    for statement in (
        *guard_statements("bar_transaction", dialect, moving=Moving(_OWNERS, _KEPT)),
        *guard_statements("bar_closing", dialect),
    ):
        op.execute(statement)
    opened = [_opened(key) for key in connection.scalars(sa.select(pceen.c.id))]
    op.bulk_insert(account, opened)
    op.bulk_insert(setting, [{"key": key, "value": value} for key, value in SETTINGS.items()])


def _opened(pceen_id: int) -> dict[str, object]:
    """The account of the bar of someone who is there already."""
    return {
        "pceen_id": pceen_id,
        "balance_cents": 0,
        "deposit_owed_cents": 0,
        "nickname_key": "",
        "qr_code": secrets.token_urlsafe(16),
        "version": 1,
    }


def downgrade() -> None:
    op.execute(setting.delete().where(setting.c.key.in_(SETTINGS)))
    for table in _TABLES:
        op.drop_table(table)
    for table in ("bar_transaction", "bar_closing"):
        for statement in unguard_statements(table, op.get_bind().dialect.name):
            op.execute(statement)
