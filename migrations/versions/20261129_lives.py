"""Accounts for life: the school's log-in, second factors, merges, archives, erasure."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from app.models.immutable import guard_statements, unguard_statements

revision = "20261129_lives"
down_revision = "20261129_disabled"

_INSTANT = sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
_TABLES = (
    "saml_request",
    "saml_seen",
    "sso_link",
    "second_factor",
    "recovery_code",
    "merged_account",
    "data_export",
)
_WHOLE = "sso_identity_is_whole"
SETTINGS = {"SECOND_FACTOR_GRIS": False}
_PAID = "paid_or_welcome"
_PAID_BEFORE = "(payment_id IS NULL) = (welcome_of IS NOT NULL)"
_PAID_NOW = (
    "(payment_id IS NULL OR welcome_of IS NULL) AND"
    " (payment_id IS NOT NULL OR welcome_of IS NOT NULL OR offer_slug = '_first')"
)
#: What an account wrote that is part of another by now.
_THEIR_LINES = (
    "UPDATE journal_entry SET by_id = (SELECT kept_id FROM merged_account"
    " WHERE absorbed_id = journal_entry.by_id)"
    " WHERE by_id IN (SELECT absorbed_id FROM merged_account)"
)

pceen = sa.table("pceen", sa.column("espci_sso_enabled"))
setting = sa.table("global_setting", sa.column("key"), sa.column("value", sa.JSON))


def upgrade() -> None:
    op.create_table(
        "saml_seen",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_saml_seen")),
    )
    with op.batch_alter_table("saml_seen", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_saml_seen_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "sso_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("browser_hash", sa.String(length=64), nullable=False),
        sa.Column("identity", sa.JSON(), nullable=False),
        sa.Column("candidates", sa.JSON(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("next", sa.String(length=1024), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.Column("ended_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sso_link")),
        sa.UniqueConstraint("browser_hash", name=op.f("uq_sso_link_browser_hash")),
    )
    with op.batch_alter_table("sso_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sso_link_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "data_export",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pceen_id", sa.Integer(), nullable=False),
        sa.Column("requested_by_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=255), nullable=True),
        sa.Column("requested_at", _INSTANT, nullable=False),
        sa.Column("built_at", _INSTANT, nullable=True),
        sa.Column("failed_at", _INSTANT, nullable=True),
        sa.Column("file", sa.String(length=64), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("secret_hash", sa.String(length=64), nullable=True),
        sa.Column("expires_at", _INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["pceen_id"],
            ["pceen.id"],
            name=op.f("fk_data_export_pceen_id_pceen"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["requested_by_id"],
            ["pceen.id"],
            name=op.f("fk_data_export_requested_by_id_pceen"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_export")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_data_export_secret_hash")),
    )
    with op.batch_alter_table("data_export", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_data_export_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_data_export_pceen_id"), ["pceen_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_data_export_requested_by_id"), ["requested_by_id"], unique=False
        )

    op.create_table(
        "merged_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kept_id", sa.Integer(), nullable=False),
        sa.Column("absorbed_id", sa.Integer(), nullable=False),
        sa.Column("merged_by_id", sa.Integer(), nullable=True),
        sa.Column("merged_at", _INSTANT, nullable=False),
        sa.Column("copy", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["kept_id"],
            ["pceen.id"],
            name=op.f("fk_merged_account_kept_id_pceen"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["merged_by_id"],
            ["pceen.id"],
            name=op.f("fk_merged_account_merged_by_id_pceen"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merged_account")),
        sa.UniqueConstraint("absorbed_id", name=op.f("uq_merged_account_absorbed_id")),
    )
    with op.batch_alter_table("merged_account", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_merged_account_kept_id"), ["kept_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_merged_account_merged_at"), ["merged_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_merged_account_merged_by_id"), ["merged_by_id"], unique=False
        )

    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pceen_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("used_at", _INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["pceen_id"],
            ["pceen.id"],
            name=op.f("fk_recovery_code_pceen_id_pceen"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
        sa.UniqueConstraint(
            "pceen_id", "code_hash", name=op.f("uq_recovery_code_pceen_id_code_hash")
        ),
    )
    op.create_table(
        "second_factor",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pceen_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("totp", "passkey", name="factorkind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("secret", sa.String(length=255), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
        sa.Column("credential_id", sa.LargeBinary(length=1023), nullable=True),
        sa.Column("credential_hash", sa.String(length=64), nullable=True),
        sa.Column("public_key", sa.LargeBinary(length=2048), nullable=True),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("confirmed_at", _INSTANT, nullable=True),
        sa.Column("last_used_at", _INSTANT, nullable=True),
        sa.CheckConstraint(
            "(kind = 'totp') = (secret IS NOT NULL)"
            " AND (kind = 'passkey') = (credential_id IS NOT NULL AND public_key IS NOT NULL"
            " AND credential_hash IS NOT NULL)",
            name=op.f("ck_second_factor_has_what_its_kind_needs"),
        ),
        sa.ForeignKeyConstraint(
            ["pceen_id"],
            ["pceen.id"],
            name=op.f("fk_second_factor_pceen_id_pceen"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_factor")),
        sa.UniqueConstraint("credential_hash", name=op.f("uq_second_factor_credential_hash")),
    )
    with op.batch_alter_table("second_factor", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_second_factor_pceen_id"), ["pceen_id"], unique=False)

    op.create_table(
        "saml_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("browser_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum("login", "reauth", name="samlpurpose", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("login_id", sa.Integer(), nullable=True),
        sa.Column("next", sa.String(length=1024), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.Column("identity", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("ticket_hash", sa.String(length=64), nullable=True),
        sa.Column("ticket_expires_at", _INSTANT, nullable=True),
        sa.Column("used_at", _INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["login_id"],
            ["login_session.id"],
            name=op.f("fk_saml_request_login_id_login_session"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saml_request")),
        sa.UniqueConstraint("request_id", name=op.f("uq_saml_request_request_id")),
        sa.UniqueConstraint("ticket_hash", name=op.f("uq_saml_request_ticket_hash")),
    )
    with op.batch_alter_table("saml_request", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_saml_request_expires_at"), ["expires_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_saml_request_login_id"), ["login_id"], unique=False)

    with op.batch_alter_table("login_session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("second_at", _INSTANT, nullable=True))

    with op.batch_alter_table("pceen", schema=None) as batch_op:
        batch_op.add_column(sa.Column("espci_email", sa.String(length=120), nullable=True))
        batch_op.add_column(sa.Column("sso_issuer", sa.String(length=255), nullable=True))
        batch_op.add_column(sa.Column("sso_subject", sa.String(length=255), nullable=True))
        batch_op.add_column(sa.Column("espci_sso_enabled", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("erasure_requested_at", _INSTANT, nullable=True))
        batch_op.add_column(sa.Column("erased_at", _INSTANT, nullable=True))
        batch_op.create_index(
            batch_op.f("ix_pceen_erasure_requested_at"), ["erasure_requested_at"], unique=False
        )
        batch_op.create_unique_constraint(batch_op.f("uq_pceen_espci_email"), ["espci_email"])
        batch_op.create_unique_constraint(
            batch_op.f("uq_pceen_sso_issuer_sso_subject"), ["sso_issuer", "sso_subject"]
        )
        batch_op.create_check_constraint(_WHOLE, "(sso_issuer IS NULL) = (sso_subject IS NULL)")
    op.execute(pceen.update().values(espci_sso_enabled=False))
    op.bulk_insert(setting, [{"key": key, "value": value} for key, value in SETTINGS.items()])
    with op.batch_alter_table("pceen", schema=None) as batch_op:
        batch_op.alter_column("espci_sso_enabled", existing_type=sa.Boolean(), nullable=False)
    _check_subscriptions(_PAID_NOW)
    _refer_to_who_wrote_the_books(is_reference=False)


def _check_subscriptions(condition: str) -> None:
    """Have a subscription be paid, or a welcome month."""
    with op.batch_alter_table("subscription", schema=None) as batch_op:
        batch_op.drop_constraint(_PAID, type_="check")
        batch_op.create_check_constraint(_PAID, condition)


def _refer_to_who_wrote_the_books(*, is_reference: bool) -> None:
    """Have the lines of the books refer to who wrote them, or only hold their number."""
    dialect = op.get_bind().dialect.name
    # SQLite makes the table again, without its guards
    for statement in unguard_statements("journal_entry", dialect, dropped=False):
        op.execute(statement)
    if is_reference:
        op.execute(_THEIR_LINES)
    with op.batch_alter_table("journal_entry", schema=None) as batch_op:
        name = batch_op.f("fk_journal_entry_by_id_pceen")
        if is_reference:
            batch_op.create_foreign_key(name, "pceen", ["by_id"], ["id"], ondelete="RESTRICT")
        else:
            batch_op.drop_constraint(name, type_="foreignkey")
    for statement in guard_statements("journal_entry", dialect):
        op.execute(statement)


def downgrade() -> None:
    op.execute(setting.delete().where(setting.c.key.in_(SETTINGS)))
    _refer_to_who_wrote_the_books(is_reference=True)
    # the second welcome month of who had two accounts
    op.execute("DELETE FROM subscription WHERE payment_id IS NULL AND welcome_of IS NULL")
    _check_subscriptions(_PAID_BEFORE)
    with op.batch_alter_table("pceen", schema=None) as batch_op:
        batch_op.drop_constraint(_WHOLE, type_="check")
        batch_op.drop_constraint(batch_op.f("uq_pceen_sso_issuer_sso_subject"), type_="unique")
        batch_op.drop_constraint(batch_op.f("uq_pceen_espci_email"), type_="unique")
        batch_op.drop_index(batch_op.f("ix_pceen_erasure_requested_at"))
        for column in (
            "erased_at",
            "erasure_requested_at",
            "espci_sso_enabled",
            "sso_subject",
            "sso_issuer",
            "espci_email",
        ):
            batch_op.drop_column(column)
    with op.batch_alter_table("login_session", schema=None) as batch_op:
        batch_op.drop_column("second_at")
    for table in _TABLES:
        op.drop_table(table)
