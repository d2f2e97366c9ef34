"""The calendar, the banners, and notifications."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "20261202_calendar"
down_revision = "20261201_community"

_INSTANT = sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
_LONG_TEXT = sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")
SETTINGS = {
    "CAROUSEL_AUTOPLAY_DELAY": 8,
    "CAROUSEL_ASPECT_RATIO_X": 21,
    "CAROUSEL_ASPECT_RATIO_Y": 9,
}
CLUBS = (("club_q", "Club Q", "#dc8add"), ("autre", "Autre", "#757575"))
_ONE_PAIR = (
    "(all_day AND start_time IS NULL AND end_time IS NULL"
    " AND start_date IS NOT NULL AND end_date IS NOT NULL AND end_date >= start_date)"
    " OR (NOT all_day AND start_date IS NULL AND end_date IS NULL"
    " AND start_time IS NOT NULL AND end_time IS NOT NULL AND end_time > start_time)"
)
#: In the order in which they may be dropped.
_TABLES = (
    "push_delivery",
    "notification_role",
    "notification_recipient",
    "push_subscription",
    "notification_hours",
    "notification_choice",
    "notification",
    "info_banner",
    "event",
    "calendar_feed",
    "info_banner_preset",
    "club",
)

setting = sa.table("global_setting", sa.column("key"), sa.column("value", sa.JSON))
club = sa.table(
    "club", *(sa.column(name) for name in ("slug", "name", "name_key", "color", "version"))
)


def upgrade() -> None:
    op.create_table(
        "club",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=32), nullable=True),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("name_key", sa.String(length=190), nullable=False),
        sa.Column("color", sa.String(length=7), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_club")),
        sa.UniqueConstraint("name_key", name=op.f("uq_club_name_key")),
        sa.UniqueConstraint("slug", name=op.f("uq_club_slug")),
    )
    op.create_table(
        "info_banner_preset",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("name_key", sa.String(length=190), nullable=False),
        sa.Column("background_color", sa.String(length=7), nullable=False),
        sa.Column("text_color", sa.String(length=7), nullable=False),
        sa.Column("icon", sa.String(length=64), nullable=True),
        sa.Column(
            "text_alignment",
            sa.Enum("left", "center", "right", name="textalignment", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column(
            "layout_style",
            sa.Enum("vertical", "horizontal", name="bannerlayout", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("overlay_opacity", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("image", sa.String(length=64), nullable=True),
        sa.Column("image_width", sa.Integer(), nullable=True),
        sa.Column("image_height", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "overlay_opacity BETWEEN 0 AND 100", name=op.f("ck_info_banner_preset_opacity_in_range")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_info_banner_preset")),
        sa.UniqueConstraint("name_key", name=op.f("uq_info_banner_preset_name_key")),
    )
    op.create_table(
        "calendar_feed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pceen_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("read_at", _INSTANT, nullable=True),
        sa.Column("revoked_at", _INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["pceen_id"],
            ["pceen.id"],
            name=op.f("fk_calendar_feed_pceen_id_pceen"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feed_token_hash")),
    )
    with op.batch_alter_table("calendar_feed", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_calendar_feed_pceen_id"), ["pceen_id"], unique=False)

    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=36), nullable=False),
        sa.Column("title", sa.String(length=128), nullable=False),
        sa.Column("description", _LONG_TEXT, nullable=False),
        sa.Column("location", sa.String(length=128), nullable=False),
        sa.Column("all_day", sa.Boolean(), nullable=False),
        sa.Column("start_time", _INSTANT, nullable=True),
        sa.Column("end_time", _INSTANT, nullable=True),
        sa.Column("start_date", sa.Date(), nullable=True),
        sa.Column("end_date", sa.Date(), nullable=True),
        sa.Column("club_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("series", sa.String(length=36), nullable=True),
        sa.Column("cancelled_at", _INSTANT, nullable=True),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            _ONE_PAIR,
            name=op.f("ck_event_one_pair_in_order"),
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["pceen.id"], name=op.f("fk_event_author_id_pceen"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["pceen.id"], name=op.f("fk_event_by_id_pceen"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["club_id"], ["club.id"], name=op.f("fk_event_club_id_club"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sa.UniqueConstraint("uid", name=op.f("uq_event_uid")),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_event_author_id"), ["author_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_event_by_id"), ["by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_event_club_id"), ["club_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_event_end_date"), ["end_date"], unique=False)
        batch_op.create_index(batch_op.f("ix_event_end_time"), ["end_time"], unique=False)
        batch_op.create_index(batch_op.f("ix_event_series"), ["series"], unique=False)
        batch_op.create_index(batch_op.f("ix_event_start_date"), ["start_date"], unique=False)
        batch_op.create_index(batch_op.f("ix_event_start_time"), ["start_time"], unique=False)

    op.create_table(
        "info_banner",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=128), nullable=False),
        sa.Column("is_text", sa.Boolean(), nullable=False),
        sa.Column("text_content", _LONG_TEXT, nullable=False),
        sa.Column("alt_text", sa.String(length=200), nullable=False),
        sa.Column("preset_id", sa.Integer(), nullable=True),
        sa.Column("background_color", sa.String(length=7), nullable=False),
        sa.Column("text_color", sa.String(length=7), nullable=False),
        sa.Column("icon", sa.String(length=64), nullable=True),
        sa.Column(
            "text_alignment",
            sa.Enum("left", "center", "right", name="textalignment", native_enum=False, length=32),
            nullable=True,
        ),
        sa.Column(
            "layout_style",
            sa.Enum("vertical", "horizontal", name="bannerlayout", native_enum=False, length=32),
            nullable=True,
        ),
        sa.Column("overlay_opacity", sa.Integer(), nullable=True),
        sa.Column("link_url", sa.String(length=512), nullable=True),
        sa.Column("file", sa.String(length=64), nullable=True),
        sa.Column("file_name", sa.String(length=128), nullable=True),
        sa.Column("file_size", sa.Integer(), nullable=True),
        sa.Column("shown_from", _INSTANT, nullable=True),
        sa.Column("shown_until", _INSTANT, nullable=True),
        sa.Column("order_index", sa.Integer(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("image", sa.String(length=64), nullable=True),
        sa.Column("image_width", sa.Integer(), nullable=True),
        sa.Column("image_height", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "is_text OR image IS NOT NULL", name=op.f("ck_info_banner_picture_is_there")
        ),
        sa.CheckConstraint(
            "link_url IS NULL OR file IS NULL", name=op.f("ck_info_banner_link_or_file")
        ),
        sa.CheckConstraint(
            "overlay_opacity BETWEEN 0 AND 100", name=op.f("ck_info_banner_opacity_in_range")
        ),
        sa.CheckConstraint("shown_from < shown_until", name=op.f("ck_info_banner_dates_in_order")),
        sa.ForeignKeyConstraint(
            ["preset_id"],
            ["info_banner_preset.id"],
            name=op.f("fk_info_banner_preset_id_info_banner_preset"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_info_banner")),
    )
    with op.batch_alter_table("info_banner", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_info_banner_order_index"), ["order_index"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_info_banner_preset_id"), ["preset_id"], unique=False)

    op.create_table(
        "notification",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "topic",
            sa.Enum(
                "site",
                "internet",
                "bar",
                "photos",
                "club_q",
                "bekk",
                "panier_bio",
                "theatre",
                "calendar",
                name="notificationtopic",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=128), nullable=False),
        sa.Column("body", sa.String(length=512), nullable=False),
        sa.Column("title_en", sa.String(length=128), nullable=True),
        sa.Column("body_en", sa.String(length=512), nullable=True),
        sa.Column("image", sa.String(length=256), nullable=True),
        sa.Column("url", sa.String(length=256), nullable=False),
        sa.Column(
            "target_type",
            sa.Enum(
                "all",
                "eleves",
                "rez",
                "role",
                "followers",
                "people",
                name="audiencekind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("quiet", sa.Boolean(), nullable=False),
        sa.Column("sender_id", sa.Integer(), nullable=True),
        sa.Column("key", sa.String(length=128), nullable=True),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("audience_count", sa.Integer(), nullable=False),
        sa.Column("delivered_count", sa.Integer(), nullable=False),
        sa.Column("gone_count", sa.Integer(), nullable=False),
        sa.Column("failed_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sender_id"],
            ["pceen.id"],
            name=op.f("fk_notification_sender_id_pceen"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification")),
        sa.UniqueConstraint("key", name=op.f("uq_notification_key")),
    )
    with op.batch_alter_table("notification", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_notification_created_at"), ["created_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_notification_sender_id"), ["sender_id"], unique=False)

    op.create_table(
        "notification_choice",
        sa.Column("pceen_id", sa.Integer(), nullable=False),
        sa.Column(
            "topic",
            sa.Enum(
                "site",
                "internet",
                "bar",
                "photos",
                "club_q",
                "bekk",
                "panier_bio",
                "theatre",
                "calendar",
                name="notificationtopic",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("bell", sa.Boolean(), nullable=False),
        sa.Column("push", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pceen_id"],
            ["pceen.id"],
            name=op.f("fk_notification_choice_pceen_id_pceen"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("pceen_id", "topic", name=op.f("pk_notification_choice")),
    )
    op.create_table(
        "notification_hours",
        sa.Column("pceen_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("quiet_from", sa.String(length=5), nullable=True),
        sa.Column("quiet_until", sa.String(length=5), nullable=True),
        sa.ForeignKeyConstraint(
            ["pceen_id"],
            ["pceen.id"],
            name=op.f("fk_notification_hours_pceen_id_pceen"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("pceen_id", name=op.f("pk_notification_hours")),
    )
    op.create_table(
        "push_subscription",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pceen_id", sa.Integer(), nullable=False),
        sa.Column("login_id", sa.Integer(), nullable=True),
        sa.Column("endpoint", sa.String(length=1024), nullable=False),
        sa.Column("endpoint_hash", sa.String(length=64), nullable=False),
        sa.Column("p256dh", sa.String(length=255), nullable=False),
        sa.Column("auth", sa.String(length=255), nullable=False),
        sa.Column("device", sa.String(length=64), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("last_used_at", _INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["login_id"],
            ["login_session.id"],
            name=op.f("fk_push_subscription_login_id_login_session"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["pceen_id"],
            ["pceen.id"],
            name=op.f("fk_push_subscription_pceen_id_pceen"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_subscription")),
        sa.UniqueConstraint("endpoint_hash", name=op.f("uq_push_subscription_endpoint_hash")),
    )
    with op.batch_alter_table("push_subscription", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_push_subscription_login_id"), ["login_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_push_subscription_pceen_id"), ["pceen_id"], unique=False
        )

    op.create_table(
        "notification_recipient",
        sa.Column("notification_id", sa.Integer(), nullable=False),
        sa.Column("pceen_id", sa.Integer(), nullable=False),
        sa.Column("in_bell", sa.Boolean(), nullable=False),
        sa.Column("read_at", _INSTANT, nullable=True),
        sa.Column("digest_due", sa.Boolean(), nullable=False),
        sa.Column("digested_at", _INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["notification_id"],
            ["notification.id"],
            name=op.f("fk_notification_recipient_notification_id_notification"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["pceen_id"],
            ["pceen.id"],
            name=op.f("fk_notification_recipient_pceen_id_pceen"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "notification_id", "pceen_id", name=op.f("pk_notification_recipient")
        ),
    )
    with op.batch_alter_table("notification_recipient", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_notification_recipient_digest_due"), ["digest_due"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_notification_recipient_pceen_id_read_at"),
            ["pceen_id", "read_at"],
            unique=False,
        )

    op.create_table(
        "notification_role",
        sa.Column("notification_id", sa.Integer(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["notification_id"],
            ["notification.id"],
            name=op.f("fk_notification_role_notification_id_notification"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["role_id"],
            ["role.id"],
            name=op.f("fk_notification_role_role_id_role"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("notification_id", "role_id", name=op.f("pk_notification_role")),
    )
    with op.batch_alter_table("notification_role", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notification_role_role_id"), ["role_id"], unique=False)

    op.create_table(
        "push_delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notification_id", sa.Integer(), nullable=False),
        sa.Column("subscription_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "sent",
                "gone",
                "dropped",
                "parked",
                name="pushstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("due_at", _INSTANT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("ended_at", _INSTANT, nullable=True),
        sa.Column("last_error", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["notification_id"],
            ["notification.id"],
            name=op.f("fk_push_delivery_notification_id_notification"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["push_subscription.id"],
            name=op.f("fk_push_delivery_subscription_id_push_subscription"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_delivery")),
        sa.UniqueConstraint(
            "notification_id",
            "subscription_id",
            name=op.f("uq_push_delivery_notification_id_subscription_id"),
        ),
    )
    with op.batch_alter_table("push_delivery", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_push_delivery_notification_id"), ["notification_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_push_delivery_state_due_at"), ["state", "due_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_push_delivery_subscription_id"), ["subscription_id"], unique=False
        )

    op.bulk_insert(setting, [{"key": key, "value": value} for key, value in SETTINGS.items()])
    seeds = [
        {"slug": slug, "name": name, "name_key": name.casefold(), "color": color, "version": 1}
        for slug, name, color in CLUBS
    ]
    op.bulk_insert(club, seeds)


def downgrade() -> None:
    op.execute(setting.delete().where(setting.c.key.in_(SETTINGS)))
    for table in _TABLES:
        op.drop_table(table)
