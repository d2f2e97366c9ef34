"""Club Q: seasons, shows, wishes, runs, grants; and the introductions of the modules."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from app.core import clock
from app.models.immutable import Moving, guard_statements, unguard_statements

revision = "20261130_club_q"
down_revision = "20261129_bar"

_INSTANT = sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
_LONG_TEXT = sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")
#: The year in which a promo enters, less its number, unless an installation says otherwise.
_OFFSET = 1881
SETTINGS = {
    "SEASON_NUMBER_CLUB_Q": 0,
    "ACCESS_CLUB_Q": False,
    "PROMO_1A": 0,
    "DISCONTENT_BONUS_1A": "0.0",
    "DISCONTENT_BONUS_2A": "0.0",
    "DISCONTENT_BONUS_3A": "0.0",
    "DISCONTENT_BONUS_4A": "0.0",
    "DISCONTENT_BONUS_OTHER": "-10.0",
    "CLUB_Q_MAX_PLACES": 10,
}
#: In the order in which they may be dropped.
_TABLES = (
    "club_q_return",
    "club_q_attribution",
    "module_text_version",
    "club_q_voeu",
    "club_q_run_wish",
    "club_q_run_person",
    "club_q_campaign_recipient",
    "club_q_brochure_page",
    "module_text",
    "club_q_spectacle",
    "club_q_seed_change",
    "club_q_run",
    "club_q_preference",
    "club_q_discontent",
    "club_q_campaign",
    "club_q_brochure",
    "club_q_account",
    "club_q_season",
    "club_q_salle",
)
#: The columns of the history of discontents that a merge changes, and the others.
_OWNERS = ("pceen_id", "actor_id")
_KEPT = ("id", "season_id", "run_id", "kind", "before", "delta", "after", "reason", "at")

setting = sa.table("global_setting", sa.column("key"), sa.column("value", sa.JSON))


def upgrade() -> None:
    op.create_table(
        "club_q_salle",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("nom", sa.String(length=64), nullable=False),
        sa.Column("description", sa.String(length=2500), nullable=False),
        sa.Column("url", sa.String(length=64), nullable=True),
        sa.Column("adresse", sa.String(length=64), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("plan", sa.String(length=64), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "latitude BETWEEN -90 AND 90", name=op.f("ck_club_q_salle_latitude_in_range")
        ),
        sa.CheckConstraint(
            "longitude BETWEEN -180 AND 180", name=op.f("ck_club_q_salle_longitude_in_range")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_club_q_salle")),
        sa.UniqueConstraint("nom", name=op.f("uq_club_q_salle_nom")),
    )
    op.create_table(
        "club_q_season",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("nom", sa.String(length=64), nullable=False),
        sa.Column("promo_orga", sa.Integer(), nullable=False),
        sa.Column("debut", sa.Date(), nullable=True),
        sa.Column("fin", sa.Date(), nullable=True),
        sa.Column("debut_inscription", sa.Date(), nullable=True),
        sa.Column("fin_inscription", sa.Date(), nullable=True),
        sa.Column("fin_retour", sa.Date(), nullable=True),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("closing_hash", sa.String(length=64), nullable=True),
        sa.Column("closed_at", _INSTANT, nullable=True),
        sa.Column("late_edits", sa.Integer(), nullable=False),
        sa.Column("attributions_visible", sa.Boolean(), nullable=False),
        sa.Column("published_at", _INSTANT, nullable=True),
        sa.Column("seed", sa.LargeBinary(), nullable=False),
        sa.Column("seed_commitment", sa.String(length=64), nullable=False),
        sa.Column("seed_revealed_at", _INSTANT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("debut <= fin", name=op.f("ck_club_q_season_dates_in_order")),
        sa.CheckConstraint(
            "debut_inscription <= fin_inscription", name=op.f("ck_club_q_season_form_in_order")
        ),
        sa.CheckConstraint(
            "promo_orga BETWEEN 1 AND 999", name=op.f("ck_club_q_season_promo_in_range")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_club_q_season")),
        sa.UniqueConstraint("nom", name=op.f("uq_club_q_season_nom")),
    )
    op.create_table(
        "club_q_account",
        sa.Column("pceen_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("discontent", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "discontent BETWEEN -99999 AND 99999", name=op.f("ck_club_q_account_in_range")
        ),
        sa.ForeignKeyConstraint(
            ["pceen_id"],
            ["pceen.id"],
            name=op.f("fk_club_q_account_pceen_id_pceen"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("pceen_id", name=op.f("pk_club_q_account")),
    )
    op.create_table(
        "club_q_brochure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("season_id", sa.Integer(), nullable=False),
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
        sa.ForeignKeyConstraint(
            ["season_id"],
            ["club_q_season.id"],
            name=op.f("fk_club_q_brochure_season_id_club_q_season"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_club_q_brochure")),
        sa.UniqueConstraint("season_id", name=op.f("uq_club_q_brochure_season_id")),
    )
    op.create_table(
        "club_q_campaign",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("season_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "sending",
                "paused",
                "done",
                name="campaignstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reply_to", sa.String(length=120), nullable=False),
        sa.Column("link_sav", sa.String(length=200), nullable=False),
        sa.Column("date_sav", sa.Date(), nullable=True),
        sa.Column("date_payement", sa.Date(), nullable=True),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "threshold >= 0", name=op.f("ck_club_q_campaign_threshold_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["pceen.id"],
            name=op.f("fk_club_q_campaign_author_id_pceen"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["season_id"],
            ["club_q_season.id"],
            name=op.f("fk_club_q_campaign_season_id_club_q_season"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_club_q_campaign")),
    )
    with op.batch_alter_table("club_q_campaign", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_club_q_campaign_author_id"), ["author_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_club_q_campaign_season_id"), ["season_id"], unique=False
        )

    op.create_table(
        "club_q_discontent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pceen_id", sa.Integer(), nullable=False),
        sa.Column("season_id", sa.Integer(), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "run",
                "manual",
                "revert",
                "imported",
                name="discontentkind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("before", sa.Integer(), nullable=False),
        sa.Column("delta", sa.Integer(), nullable=False),
        sa.Column("after", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=280), nullable=True),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["pceen_id"],
            ["pceen.id"],
            name=op.f("fk_club_q_discontent_pceen_id_pceen"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_club_q_discontent")),
    )
    with op.batch_alter_table("club_q_discontent", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_club_q_discontent_actor_id"), ["actor_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_club_q_discontent_pceen_id_id"), ["pceen_id", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_club_q_discontent_run_id"), ["run_id"], unique=False)

    op.create_table(
        "club_q_preference",
        sa.Column("pceen_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("season_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("budget", sa.Integer(), nullable=True),
        sa.Column("max_shows", sa.Integer(), nullable=True),
        sa.Column("accept_clashes", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "budget BETWEEN 0 AND 10000000", name=op.f("ck_club_q_preference_budget_in_range")
        ),
        sa.CheckConstraint("max_shows >= 1", name=op.f("ck_club_q_preference_shows_positive")),
        sa.ForeignKeyConstraint(
            ["pceen_id"],
            ["pceen.id"],
            name=op.f("fk_club_q_preference_pceen_id_pceen"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["season_id"],
            ["club_q_season.id"],
            name=op.f("fk_club_q_preference_season_id_club_q_season"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("pceen_id", "season_id", name=op.f("pk_club_q_preference")),
    )
    with op.batch_alter_table("club_q_preference", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_club_q_preference_season_id"), ["season_id"], unique=False
        )

    op.create_table(
        "club_q_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("season_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("started_at", _INSTANT, nullable=True),
        sa.Column("finished_at", _INSTANT, nullable=True),
        sa.Column(
            "strategy",
            sa.Enum("classic", "fair", name="strategy", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column(
            "mode",
            sa.Enum("full", "complement", name="runmode", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("time_limit", sa.Integer(), nullable=False),
        sa.Column("input", _LONG_TEXT, nullable=True),
        sa.Column("input_hash", sa.String(length=64), nullable=True),
        sa.Column("seed_commitment", sa.String(length=64), nullable=False),
        sa.Column("code_version", sa.String(length=32), nullable=True),
        sa.Column("solver_name", sa.String(length=32), nullable=True),
        sa.Column("solver_version", sa.String(length=32), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "queued",
                "running",
                "done",
                "failed",
                "cancelled",
                "adopted",
                "superseded",
                name="runstatus",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("result", _LONG_TEXT, nullable=True),
        sa.Column("result_hash", sa.String(length=64), nullable=True),
        sa.Column("objectives", sa.JSON(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("log", _LONG_TEXT, nullable=True),
        sa.Column("error", sa.String(length=500), nullable=True),
        sa.Column("adopted_at", _INSTANT, nullable=True),
        sa.Column("adopted_by_id", sa.Integer(), nullable=True),
        sa.Column("adoption_reason", sa.String(length=280), nullable=True),
        sa.Column("replaced", _LONG_TEXT, nullable=True),
        sa.Column("reverted_at", _INSTANT, nullable=True),
        sa.Column("reverted_by_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("active_season_id", sa.Integer(), nullable=True),
        sa.Column("adopted_season_id", sa.Integer(), nullable=True),
        sa.Column("task_run_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(active_season_id IS NOT NULL) = (status IN ('queued', 'running'))",
            name=op.f("ck_club_q_run_active_until_over"),
        ),
        sa.CheckConstraint(
            "(adopted_season_id IS NOT NULL) = (status = 'adopted' AND mode = 'full')",
            name=op.f("ck_club_q_run_one_full_adopted"),
        ),
        sa.CheckConstraint(
            "time_limit BETWEEN 10 AND 1800", name=op.f("ck_club_q_run_limit_in_range")
        ),
        sa.ForeignKeyConstraint(
            ["adopted_by_id"],
            ["pceen.id"],
            name=op.f("fk_club_q_run_adopted_by_id_pceen"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["pceen.id"],
            name=op.f("fk_club_q_run_author_id_pceen"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["reverted_by_id"],
            ["pceen.id"],
            name=op.f("fk_club_q_run_reverted_by_id_pceen"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["season_id"],
            ["club_q_season.id"],
            name=op.f("fk_club_q_run_season_id_club_q_season"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_club_q_run")),
        sa.UniqueConstraint("active_season_id", name=op.f("uq_club_q_run_active_season_id")),
        sa.UniqueConstraint("adopted_season_id", name=op.f("uq_club_q_run_adopted_season_id")),
    )
    with op.batch_alter_table("club_q_run", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_club_q_run_adopted_by_id"), ["adopted_by_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_club_q_run_author_id"), ["author_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_club_q_run_reverted_by_id"), ["reverted_by_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_club_q_run_season_id_id"), ["season_id", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_club_q_run_task_run_id"), ["task_run_id"], unique=False
        )

    op.create_table(
        "club_q_seed_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("season_id", sa.Integer(), nullable=False),
        sa.Column("former_commitment", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=280), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["by_id"],
            ["pceen.id"],
            name=op.f("fk_club_q_seed_change_by_id_pceen"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["season_id"],
            ["club_q_season.id"],
            name=op.f("fk_club_q_seed_change_season_id_club_q_season"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_club_q_seed_change")),
    )
    with op.batch_alter_table("club_q_seed_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_club_q_seed_change_by_id"), ["by_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_club_q_seed_change_season_id"), ["season_id"], unique=False
        )

    op.create_table(
        "club_q_spectacle",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("nom", sa.String(length=64), nullable=False),
        sa.Column("categorie", sa.String(length=64), nullable=False),
        sa.Column("description", sa.String(length=2500), nullable=False),
        sa.Column("date", _INSTANT, nullable=False),
        sa.Column("duration", sa.Integer(), nullable=False),
        sa.Column("nb_tickets", sa.Integer(), nullable=False),
        sa.Column("unit_price", sa.Integer(), nullable=False),
        sa.Column("season_id", sa.Integer(), nullable=False),
        sa.Column("salle_id", sa.Integer(), nullable=True),
        sa.Column("image", sa.String(length=64), nullable=True),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "duration BETWEEN 1 AND 1440", name=op.f("ck_club_q_spectacle_duration_in_range")
        ),
        sa.CheckConstraint(
            "nb_tickets BETWEEN 0 AND 100000", name=op.f("ck_club_q_spectacle_tickets_in_range")
        ),
        sa.CheckConstraint(
            "unit_price BETWEEN 0 AND 100000", name=op.f("ck_club_q_spectacle_price_in_range")
        ),
        sa.ForeignKeyConstraint(
            ["salle_id"],
            ["club_q_salle.id"],
            name=op.f("fk_club_q_spectacle_salle_id_club_q_salle"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["season_id"],
            ["club_q_season.id"],
            name=op.f("fk_club_q_spectacle_season_id_club_q_season"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_club_q_spectacle")),
        sa.UniqueConstraint("id", "season_id", name=op.f("uq_club_q_spectacle_id_season_id")),
    )
    with op.batch_alter_table("club_q_spectacle", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_club_q_spectacle_salle_id"), ["salle_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_club_q_spectacle_season_id_date"), ["season_id", "date"], unique=False
        )

    op.create_table(
        "module_text",
        sa.Column("slug", sa.String(length=32), nullable=False),
        sa.Column("content", _LONG_TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("updated_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["pceen.id"],
            name=op.f("fk_module_text_updated_by_id_pceen"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_module_text")),
    )
    with op.batch_alter_table("module_text", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_module_text_updated_by_id"), ["updated_by_id"], unique=False
        )

    op.create_table(
        "club_q_brochure_page",
        sa.Column("brochure_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("text", _LONG_TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["brochure_id"],
            ["club_q_brochure.id"],
            name=op.f("fk_club_q_brochure_page_brochure_id_club_q_brochure"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "brochure_id", "revision", "number", name=op.f("pk_club_q_brochure_page")
        ),
    )
    op.create_table(
        "club_q_campaign_recipient",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("pceen_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "sending",
                "sent",
                "failed",
                "skipped",
                name="mailingstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("at", _INSTANT, nullable=True),
        sa.Column("error", sa.String(length=280), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["club_q_campaign.id"],
            name=op.f("fk_club_q_campaign_recipient_campaign_id_club_q_campaign"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["pceen_id"],
            ["pceen.id"],
            name=op.f("fk_club_q_campaign_recipient_pceen_id_pceen"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_club_q_campaign_recipient")),
        sa.UniqueConstraint(
            "campaign_id",
            "pceen_id",
            name=op.f("uq_club_q_campaign_recipient_campaign_id_pceen_id"),
        ),
        sa.UniqueConstraint(
            "campaign_id",
            "position",
            name=op.f("uq_club_q_campaign_recipient_campaign_id_position"),
        ),
    )
    with op.batch_alter_table("club_q_campaign_recipient", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_club_q_campaign_recipient_campaign_id_state"),
            ["campaign_id", "state"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_club_q_campaign_recipient_pceen_id"), ["pceen_id"], unique=False
        )

    op.create_table(
        "club_q_run_person",
        sa.Column("run_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("pceen_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("before", sa.Integer(), nullable=False),
        sa.Column("bonus", sa.Integer(), nullable=False),
        sa.Column("after", sa.Integer(), nullable=False),
        sa.Column("satisfaction", sa.Integer(), nullable=False),
        sa.Column("served", sa.Boolean(), nullable=False),
        sa.Column("explanation", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["club_q_run.id"],
            name=op.f("fk_club_q_run_person_run_id_club_q_run"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run_id", "pceen_id", name=op.f("pk_club_q_run_person")),
    )
    with op.batch_alter_table("club_q_run_person", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_club_q_run_person_pceen_id"), ["pceen_id"], unique=False
        )

    op.create_table(
        "club_q_run_wish",
        sa.Column("run_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("voeu_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("pceen_id", sa.Integer(), nullable=False),
        sa.Column("spectacle_id", sa.Integer(), nullable=False),
        sa.Column("granted", sa.Integer(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "full",
                "partial",
                "none_left",
                "minimum",
                "clash",
                "budget",
                "shows",
                "returned",
                "locked",
                "cancelled",
                name="wishreason",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason_data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["club_q_run.id"],
            name=op.f("fk_club_q_run_wish_run_id_club_q_run"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run_id", "voeu_id", name=op.f("pk_club_q_run_wish")),
    )
    with op.batch_alter_table("club_q_run_wish", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_club_q_run_wish_pceen_id"), ["pceen_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_club_q_run_wish_run_id_pceen_id"), ["run_id", "pceen_id"], unique=False
        )

    op.create_table(
        "club_q_voeu",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pceen_id", sa.Integer(), nullable=False),
        sa.Column("spectacle_id", sa.Integer(), nullable=False),
        sa.Column("season_id", sa.Integer(), nullable=False),
        sa.Column("priorite", sa.Integer(), nullable=False),
        sa.Column("places_demandees", sa.Integer(), nullable=False),
        sa.Column("places_minimum", sa.Integer(), nullable=False),
        sa.Column("edited_by_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "places_demandees BETWEEN 1 AND 50", name=op.f("ck_club_q_voeu_places_in_range")
        ),
        sa.CheckConstraint(
            "places_minimum BETWEEN 1 AND places_demandees",
            name=op.f("ck_club_q_voeu_minimum_in_range"),
        ),
        sa.CheckConstraint("priorite >= 1", name=op.f("ck_club_q_voeu_priority_positive")),
        sa.ForeignKeyConstraint(
            ["edited_by_id"],
            ["pceen.id"],
            name=op.f("fk_club_q_voeu_edited_by_id_pceen"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["pceen_id"],
            ["pceen.id"],
            name=op.f("fk_club_q_voeu_pceen_id_pceen"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["spectacle_id", "season_id"],
            ["club_q_spectacle.id", "club_q_spectacle.season_id"],
            name=op.f("fk_club_q_voeu_spectacle_id_season_id_club_q_spectacle"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_club_q_voeu")),
        sa.UniqueConstraint(
            "pceen_id",
            "season_id",
            "priorite",
            name=op.f("uq_club_q_voeu_pceen_id_season_id_priorite"),
        ),
        sa.UniqueConstraint(
            "pceen_id", "spectacle_id", name=op.f("uq_club_q_voeu_pceen_id_spectacle_id")
        ),
    )
    with op.batch_alter_table("club_q_voeu", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_club_q_voeu_edited_by_id"), ["edited_by_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_club_q_voeu_season_id_priorite"), ["season_id", "priorite"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_club_q_voeu_spectacle_id"), ["spectacle_id"], unique=False
        )

    op.create_table(
        "module_text_version",
        sa.Column("slug", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", _LONG_TEXT, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["by_id"],
            ["pceen.id"],
            name=op.f("fk_module_text_version_by_id_pceen"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["slug"],
            ["module_text.slug"],
            name=op.f("fk_module_text_version_slug_module_text"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("slug", "version", name=op.f("pk_module_text_version")),
    )
    with op.batch_alter_table("module_text_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_module_text_version_by_id"), ["by_id"], unique=False)

    op.create_table(
        "club_q_attribution",
        sa.Column("voeu_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("places_attribuees", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=280), nullable=True),
        sa.Column("set_by_id", sa.Integer(), nullable=True),
        sa.Column("set_at", _INSTANT, nullable=False),
        sa.CheckConstraint(
            "places_attribuees BETWEEN 0 AND 50", name=op.f("ck_club_q_attribution_places_in_range")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["club_q_run.id"],
            name=op.f("fk_club_q_attribution_run_id_club_q_run"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["set_by_id"],
            ["pceen.id"],
            name=op.f("fk_club_q_attribution_set_by_id_pceen"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["voeu_id"],
            ["club_q_voeu.id"],
            name=op.f("fk_club_q_attribution_voeu_id_club_q_voeu"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("voeu_id", name=op.f("pk_club_q_attribution")),
    )
    with op.batch_alter_table("club_q_attribution", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_club_q_attribution_run_id"), ["run_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_club_q_attribution_set_by_id"), ["set_by_id"], unique=False
        )

    op.create_table(
        "club_q_return",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("voeu_id", sa.Integer(), nullable=False),
        sa.Column("open_voeu_id", sa.Integer(), nullable=True),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "offered",
                "reassigned",
                "withdrawn",
                name="returnstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("settled_at", _INSTANT, nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(open_voeu_id IS NOT NULL) = (state = 'offered')",
            name=op.f("ck_club_q_return_one_open_for_a_grant"),
        ),
        sa.CheckConstraint("places >= 1", name=op.f("ck_club_q_return_places_positive")),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["club_q_run.id"],
            name=op.f("fk_club_q_return_run_id_club_q_run"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["voeu_id"],
            ["club_q_voeu.id"],
            name=op.f("fk_club_q_return_voeu_id_club_q_voeu"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_club_q_return")),
        sa.UniqueConstraint("open_voeu_id", name=op.f("uq_club_q_return_open_voeu_id")),
    )
    with op.batch_alter_table("club_q_return", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_club_q_return_run_id"), ["run_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_club_q_return_voeu_id_state"), ["voeu_id", "state"], unique=False
        )

    dialect = op.get_bind().dialect.name
    for statement in guard_statements("club_q_discontent", dialect, moving=Moving(_OWNERS, _KEPT)):
        op.execute(statement)
    values = SETTINGS | {"PROMO_1A": _entered()}
    op.bulk_insert(setting, [{"key": key, "value": value} for key, value in values.items()])


def _entered() -> int:
    """The promo that entered last September."""
    today = clock.today()
    return today.year - _OFFSET - (today.month < 9)


def downgrade() -> None:
    op.execute(setting.delete().where(setting.c.key.in_(SETTINGS)))
    for table in _TABLES:
        op.drop_table(table)
    for statement in unguard_statements("club_q_discontent", op.get_bind().dialect.name):
        op.execute(statement)
