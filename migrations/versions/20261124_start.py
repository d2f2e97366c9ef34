"""The tables of accounts, roles, the network, the outbox and the jobs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "20261124_start"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "answered_request",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column(
            "at",
            sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_answered_request")),
    )
    with op.batch_alter_table("answered_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_answered_request_at"), ["at"], unique=False)

    op.create_table(
        "attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("bucket", sa.String(length=64), nullable=False),
        sa.Column(
            "at",
            sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
    )
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attempt_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_attempt_bucket_at"), ["bucket", "at"], unique=False)

    op.create_table(
        "dhcp_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=False,
        ),
        sa.Column(
            "finished_at",
            sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=False,
        ),
        sa.Column("format", sa.String(length=16), nullable=False),
        sa.Column(
            "result",
            sa.Enum(
                "written",
                "unchanged",
                "refused",
                "failed",
                name="dhcpresult",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("hosts", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("error", sa.String(length=500), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dhcp_run")),
    )
    with op.batch_alter_table("dhcp_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_dhcp_run_started_at"), ["started_at"], unique=False)

    op.create_table(
        "global_setting",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_global_setting")),
    )
    op.create_table(
        "job_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job", sa.String(length=64), nullable=False),
        sa.Column(
            "due_at",
            sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=False,
        ),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=False,
        ),
        sa.Column(
            "ended_at",
            sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=True,
        ),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_run")),
        sa.UniqueConstraint("job", "due_at", name=op.f("uq_job_run_job_due_at")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("lane", sa.String(length=128), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=False,
        ),
        sa.Column(
            "due_at",
            sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column(
            "leased_until",
            sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=True,
        ),
        sa.Column("leased_by", sa.String(length=64), nullable=True),
        sa.Column(
            "sent_at",
            sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=True,
        ),
        sa.Column(
            "parked_at",
            sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=True,
        ),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_fingerprint"), ["fingerprint"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_lane"), ["lane"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_outbox_sent_at_parked_at_due_at"),
            ["sent_at", "parked_at", "due_at"],
            unique=False,
        )

    op.create_table(
        "pceen",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("prenom", sa.String(length=64), nullable=False),
        sa.Column("nom", sa.String(length=64), nullable=False),
        sa.Column("prenom_key", sa.String(length=190), nullable=False),
        sa.Column("nom_key", sa.String(length=190), nullable=False),
        sa.Column("promo", sa.Integer(), nullable=True),
        sa.Column("email", sa.String(length=120), nullable=True),
        sa.Column(
            "email_confirmed_at",
            sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=True,
        ),
        sa.Column("locale", sa.String(length=8), nullable=True),
        sa.Column("activated", sa.Boolean(), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=True),
        sa.Column(
            "disabled_at",
            sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=True,
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "promo IS NULL OR promo BETWEEN 1 AND 999", name=op.f("ck_pceen_promo_in_range")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pceen")),
        sa.UniqueConstraint("email", name=op.f("uq_pceen_email")),
        sa.UniqueConstraint("username", name=op.f("uq_pceen_username")),
    )
    with op.batch_alter_table("pceen", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_pceen_nom_key_prenom_key"), ["nom_key", "prenom_key"], unique=False
        )

    op.create_table(
        "permission",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "type",
            sa.Enum(
                "read",
                "write",
                "delete",
                "all",
                name="permissiontype",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "scope",
            sa.Enum(
                "photos",
                "intrarez",
                "bar",
                "bar_stats",
                "club_q",
                "bekk",
                "theatre",
                "panier_bio",
                "calendar",
                "gris",
                "payments",
                "pceen",
                "role",
                "collection",
                "club",
                "album",
                name="permissionscope",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("ref_id", sa.Integer(), nullable=True),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_permission")),
        sa.UniqueConstraint("key", name=op.f("uq_permission_key")),
    )
    op.create_table(
        "role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=64), nullable=True),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("name_key", sa.String(length=64), nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("color", sa.String(length=6), nullable=True),
        sa.Column("system", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role")),
        sa.UniqueConstraint("name_key", name=op.f("uq_role_name_key")),
        sa.UniqueConstraint("slug", name=op.f("uq_role_slug")),
    )
    op.create_table(
        "room",
        sa.Column("num", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("floor", sa.Integer(), nullable=False),
        sa.Column("door", sa.Integer(), nullable=False),
        sa.Column("base_ip", sa.String(length=7), nullable=False),
        sa.PrimaryKeyConstraint("num", name=op.f("pk_room")),
    )
    op.create_table(
        "audit_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "at",
            sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=False,
        ),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("as_id", sa.Integer(), nullable=True),
        sa.Column("object_type", sa.String(length=64), nullable=True),
        sa.Column("object_id", sa.Integer(), nullable=True),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.Column("reason", sa.String(length=255), nullable=True),
        sa.Column("address", sa.String(length=45), nullable=True),
        sa.Column("request_id", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["actor_id"],
            ["pceen.id"],
            name=op.f("fk_audit_event_actor_id_pceen"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["as_id"], ["pceen.id"], name=op.f("fk_audit_event_as_id_pceen"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
    )
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_event_action"), ["action"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_event_actor_id"), ["actor_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_event_as_id"), ["as_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_event_at"), ["at"], unique=False)

    op.create_table(
        "ban",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pceen_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("disciplinary", "unpaid", name="bankind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column(
            "starts_at",
            sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=False,
        ),
        sa.Column(
            "ends_at",
            sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=True,
        ),
        sa.Column(
            "ended_at",
            sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=True,
        ),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("message", sa.String(length=2000), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("open_key", sa.String(length=64), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["pceen.id"],
            name=op.f("fk_ban_created_by_id_pceen"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["ended_by_id"],
            ["pceen.id"],
            name=op.f("fk_ban_ended_by_id_pceen"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["pceen_id"], ["pceen.id"], name=op.f("fk_ban_pceen_id_pceen"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ban")),
        sa.UniqueConstraint("open_key", name=op.f("uq_ban_open_key")),
    )
    with op.batch_alter_table("ban", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ban_created_by_id"), ["created_by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_ban_ended_by_id"), ["ended_by_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_ban_pceen_id_kind"), ["pceen_id", "kind"], unique=False
        )

    op.create_table(
        "device",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pceen_id", sa.Integer(), nullable=False),
        sa.Column("mac_address", sa.String(length=17), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=True),
        sa.Column("type", sa.String(length=64), nullable=True),
        sa.Column(
            "registered_at",
            sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=False,
        ),
        sa.Column(
            "last_seen_at",
            sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=True,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pceen_id"], ["pceen.id"], name=op.f("fk_device_pceen_id_pceen"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        sa.UniqueConstraint("mac_address", name=op.f("uq_device_mac_address")),
    )
    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_device_pceen_id"), ["pceen_id"], unique=False)

    op.create_table(
        "login_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("pceen_id", sa.Integer(), nullable=False),
        sa.Column(
            "method",
            sa.Enum(
                "password",
                "registration",
                "invitation",
                name="loginmethod",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("remembered", sa.Boolean(), nullable=False),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=False,
        ),
        sa.Column(
            "seen_at",
            sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=False,
        ),
        sa.Column(
            "proved_at",
            sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=True,
        ),
        sa.Column("address", sa.String(length=45), nullable=True),
        sa.Column("user_agent", sa.String(length=255), nullable=True),
        sa.ForeignKeyConstraint(
            ["pceen_id"],
            ["pceen.id"],
            name=op.f("fk_login_session_pceen_id_pceen"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_login_session_token_hash")),
    )
    with op.batch_alter_table("login_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_login_session_pceen_id"), ["pceen_id"], unique=False)

    op.create_table(
        "network_history",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mac_address", sa.String(length=17), nullable=False),
        sa.Column("ip", sa.String(length=16), nullable=False),
        sa.Column("pceen_id", sa.Integer(), nullable=False),
        sa.Column("room_num", sa.Integer(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum("room", "ban", name="addresskind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=False,
        ),
        sa.Column(
            "ended_at",
            sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(
            ["pceen_id"],
            ["pceen.id"],
            name=op.f("fk_network_history_pceen_id_pceen"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_network_history")),
    )
    with op.batch_alter_table("network_history", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_network_history_ip_started_at"), ["ip", "started_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_network_history_mac_address"), ["mac_address"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_network_history_pceen_id"), ["pceen_id"], unique=False)

    op.create_table(
        "one_time_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "reset_password",
                "invitation",
                "confirm_email",
                "proof_code",
                "pending_rezident",
                name="tokenpurpose",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("pceen_id", sa.Integer(), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=False,
        ),
        sa.Column(
            "expires_at",
            sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=False,
        ),
        sa.Column(
            "used_at",
            sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=True,
        ),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pceen_id"],
            ["pceen.id"],
            name=op.f("fk_one_time_token_pceen_id_pceen"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_token")),
    )
    with op.batch_alter_table("one_time_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_one_time_token_pceen_id"), ["pceen_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_one_time_token_secret_hash"), ["secret_hash"], unique=False
        )

    op.create_table(
        "pceen_role",
        sa.Column("pceen_id", sa.Integer(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("role_id <> 0", name=op.f("ck_pceen_role_public_has_no_members")),
        sa.ForeignKeyConstraint(
            ["pceen_id"],
            ["pceen.id"],
            name=op.f("fk_pceen_role_pceen_id_pceen"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["role_id"], ["role.id"], name=op.f("fk_pceen_role_role_id_role"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pceen_id", "role_id", name=op.f("pk_pceen_role")),
    )
    with op.batch_alter_table("pceen_role", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pceen_role_role_id"), ["role_id"], unique=False)

    op.create_table(
        "rental",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pceen_id", sa.Integer(), nullable=False),
        sa.Column("room_num", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=False,
        ),
        sa.Column(
            "closed_at",
            sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=True,
        ),
        sa.Column(
            "close_kind",
            sa.Enum(
                "owner",
                "take_over",
                "gri",
                "expired",
                "claim",
                name="rentalend",
                native_enum=False,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("open_room", sa.Integer(), nullable=True),
        sa.Column("open_pceen", sa.Integer(), nullable=True),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_rental_ends_after_it_starts")
        ),
        sa.ForeignKeyConstraint(
            ["pceen_id"], ["pceen.id"], name=op.f("fk_rental_pceen_id_pceen"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"],
            ["rental.id"],
            name=op.f("fk_rental_replaces_id_rental"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["room_num"], ["room.num"], name=op.f("fk_rental_room_num_room"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rental")),
        sa.UniqueConstraint("open_pceen", name=op.f("uq_rental_open_pceen")),
        sa.UniqueConstraint("open_room", name=op.f("uq_rental_open_room")),
    )
    with op.batch_alter_table("rental", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rental_pceen_id"), ["pceen_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_rental_replaces_id"), ["replaces_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_rental_room_num"), ["room_num"], unique=False)

    op.create_table(
        "role_permission",
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.Column("permission_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["permission_id"],
            ["permission.id"],
            name=op.f("fk_role_permission_permission_id_permission"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["role_id"],
            ["role.id"],
            name=op.f("fk_role_permission_role_id_role"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("role_id", "permission_id", name=op.f("pk_role_permission")),
    )
    with op.batch_alter_table("role_permission", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_role_permission_permission_id"), ["permission_id"], unique=False
        )

    op.create_table(
        "allocation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=True),
        sa.Column("mac_address", sa.String(length=17), nullable=False),
        sa.Column("room_num", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("ip", sa.String(length=16), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=False,
        ),
        sa.Column(
            "ended_at",
            sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=True,
        ),
        sa.CheckConstraint("rank BETWEEN 0 AND 255", name=op.f("ck_allocation_rank_in_range")),
        sa.ForeignKeyConstraint(
            ["device_id"],
            ["device.id"],
            name=op.f("fk_allocation_device_id_device"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["room_num"],
            ["room.num"],
            name=op.f("fk_allocation_room_num_room"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocation")),
        sa.UniqueConstraint("ip", name=op.f("uq_allocation_ip")),
        sa.UniqueConstraint(
            "mac_address", "room_num", name=op.f("uq_allocation_mac_address_room_num")
        ),
        sa.UniqueConstraint("room_num", "rank", name=op.f("uq_allocation_room_num_rank")),
    )
    with op.batch_alter_table("allocation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_allocation_device_id"), ["device_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_allocation_ended_at"), ["ended_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_allocation_room_num"), ["room_num"], unique=False)

    op.create_table(
        "ban_address",
        sa.Column("slot", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=False,
        ),
        sa.Column(
            "ended_at",
            sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(
            ["device_id"],
            ["device.id"],
            name=op.f("fk_ban_address_device_id_device"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("slot", name=op.f("pk_ban_address")),
        sa.UniqueConstraint("device_id", name=op.f("uq_ban_address_device_id")),
    )


def downgrade() -> None:
    op.drop_table("ban_address")
    op.drop_table("allocation")
    op.drop_table("role_permission")
    op.drop_table("rental")
    op.drop_table("pceen_role")
    op.drop_table("one_time_token")
    op.drop_table("network_history")
    op.drop_table("login_session")
    op.drop_table("device")
    op.drop_table("ban")
    op.drop_table("audit_event")
    op.drop_table("room")
    op.drop_table("role")
    op.drop_table("permission")
    op.drop_table("pceen")
    op.drop_table("outbox")
    op.drop_table("job_run")
    op.drop_table("global_setting")
    op.drop_table("dhcp_run")
    op.drop_table("attempt")
    op.drop_table("answered_request")
