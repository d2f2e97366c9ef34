"""Photos: collections, albums, tags, reports."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "20261129_photos"
down_revision = "20261129_lives"

_INSTANT = sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
SETTINGS = {"PHOTOS_KEEP_GPS": False}
#: In the order in which they may be dropped.
_TABLES = (
    "photo_tag",
    "photo_report",
    "photo_upload",
    "photo",
    "album_address",
    "photo_person",
    "album",
    "collection",
)

setting = sa.table("global_setting", sa.column("key"), sa.column("value", sa.JSON))


def upgrade() -> None:
    op.create_table(
        "collection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dir_name", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("description", sa.String(length=280), nullable=True),
        sa.Column("start", sa.Date(), nullable=True),
        sa.Column("end", sa.Date(), nullable=True),
        sa.Column("visible", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column(
            "origin",
            sa.Enum("web", "imported", "annual", name="albumorigin", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            sa.column("end") >= sa.column("start"), name=op.f("ck_collection_ends_after_start")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collection")),
        sa.UniqueConstraint("dir_name", name=op.f("uq_collection_dir_name")),
    )
    op.create_table(
        "album",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("collection_id", sa.Integer(), nullable=False),
        sa.Column("dir_name", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("description", sa.String(length=280), nullable=True),
        sa.Column("start", sa.Date(), nullable=True),
        sa.Column("end", sa.Date(), nullable=True),
        sa.Column("visible", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column(
            "origin",
            sa.Enum("web", "imported", "annual", name="albumorigin", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("featured_of", sa.Integer(), nullable=True),
        sa.Column("nb_photos", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            sa.column("end") >= sa.column("start"), name=op.f("ck_album_ends_after_start")
        ),
        sa.CheckConstraint(
            "featured_of IS NULL OR featured_of = collection_id",
            name=op.f("ck_album_featured_of_its_own"),
        ),
        sa.CheckConstraint("nb_photos >= 0", name=op.f("ck_album_photos_not_negative")),
        sa.ForeignKeyConstraint(
            ["collection_id"],
            ["collection.id"],
            name=op.f("fk_album_collection_id_collection"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_album")),
        sa.UniqueConstraint(
            "collection_id", "dir_name", name=op.f("uq_album_collection_id_dir_name")
        ),
        sa.UniqueConstraint("featured_of", name=op.f("uq_album_featured_of")),
    )
    with op.batch_alter_table("album", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_album_collection_id"), ["collection_id"], unique=False)

    op.create_table(
        "photo_person",
        sa.Column("pceen_id", sa.Integer(), nullable=False),
        sa.Column("taggable", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pceen_id"],
            ["pceen.id"],
            name=op.f("fk_photo_person_pceen_id_pceen"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("pceen_id", name=op.f("pk_photo_person")),
    )
    op.create_table(
        "album_address",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("collection_dir", sa.String(length=120), nullable=False),
        sa.Column("album_dir", sa.String(length=120), nullable=False),
        sa.Column("album_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["album_id"],
            ["album.id"],
            name=op.f("fk_album_address_album_id_album"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_album_address")),
        sa.UniqueConstraint(
            "collection_dir", "album_dir", name=op.f("uq_album_address_collection_dir_album_dir")
        ),
    )
    with op.batch_alter_table("album_address", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_album_address_album_id"), ["album_id"], unique=False)

    op.create_table(
        "photo",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("album_id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=120), nullable=False),
        sa.Column("original_name", sa.String(length=120), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column(
            "state",
            sa.Enum("pending", "ready", "failed", name="photostate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("author_str", sa.String(length=64), nullable=True),
        sa.Column("timestamp", _INSTANT, nullable=True),
        sa.Column("sort_at", _INSTANT, nullable=False),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lng", sa.Double(), nullable=True),
        sa.Column("caption", sa.String(length=280), nullable=True),
        sa.Column("featured_of", sa.Integer(), nullable=True),
        sa.Column("cover_of", sa.Integer(), nullable=True),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("uploader_id", sa.Integer(), nullable=True),
        sa.Column("uploaded_at", _INSTANT, nullable=False),
        sa.Column("placeholder", sa.String(length=600), nullable=True),
        sa.Column("cover_name", sa.String(length=64), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "cover_of IS NULL OR cover_of = album_id", name=op.f("ck_photo_cover_of_its_own")
        ),
        sa.CheckConstraint(
            "featured_of IS NULL OR featured_of = album_id",
            name=op.f("ck_photo_featured_of_its_own"),
        ),
        sa.CheckConstraint("lat BETWEEN -90 AND 90", name=op.f("ck_photo_lat_on_earth")),
        sa.CheckConstraint("lng BETWEEN -180 AND 180", name=op.f("ck_photo_lng_on_earth")),
        sa.CheckConstraint("width > 0 AND height > 0", name=op.f("ck_photo_has_a_size")),
        sa.ForeignKeyConstraint(
            ["album_id"], ["album.id"], name=op.f("fk_photo_album_id_album"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["pceen.id"], name=op.f("fk_photo_author_id_pceen"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["uploader_id"],
            ["pceen.id"],
            name=op.f("fk_photo_uploader_id_pceen"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photo")),
        sa.UniqueConstraint("album_id", "file_name", name=op.f("uq_photo_album_id_file_name")),
        sa.UniqueConstraint("album_id", "sha256", name=op.f("uq_photo_album_id_sha256")),
        sa.UniqueConstraint("cover_of", name=op.f("uq_photo_cover_of")),
        sa.UniqueConstraint("featured_of", name=op.f("uq_photo_featured_of")),
    )
    with op.batch_alter_table("photo", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_photo_album_id"), ["album_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_photo_author_id"), ["author_id"], unique=False)
        batch_op.create_index(
            "ix_photo_order", ["album_id", "sort_at", "original_name", "id"], unique=False
        )
        batch_op.create_index("ix_photo_recent", ["state", "uploaded_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_photo_uploader_id"), ["uploader_id"], unique=False)

    op.create_table(
        "photo_upload",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("album_id", sa.Integer(), nullable=False),
        sa.Column("uploader_id", sa.Integer(), nullable=False),
        sa.Column("original_name", sa.String(length=120), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("touched_at", _INSTANT, nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_photo_upload_has_a_size")),
        sa.ForeignKeyConstraint(
            ["album_id"],
            ["album.id"],
            name=op.f("fk_photo_upload_album_id_album"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["uploader_id"],
            ["pceen.id"],
            name=op.f("fk_photo_upload_uploader_id_pceen"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photo_upload")),
        sa.UniqueConstraint("token", name=op.f("uq_photo_upload_token")),
    )
    with op.batch_alter_table("photo_upload", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_photo_upload_album_id"), ["album_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_photo_upload_touched_at"), ["touched_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_photo_upload_uploader_id"), ["uploader_id"], unique=False
        )

    op.create_table(
        "photo_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("photo_id", sa.Integer(), nullable=True),
        sa.Column("album_id", sa.Integer(), nullable=False),
        sa.Column("photo_name", sa.String(length=120), nullable=False),
        sa.Column("reporter_id", sa.Integer(), nullable=True),
        sa.Column("email", sa.String(length=120), nullable=True),
        sa.Column("locale", sa.String(length=8), nullable=True),
        sa.Column(
            "kind",
            sa.Enum("me", "other", name="reportkind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "open",
                "hidden",
                "kept",
                "deleted",
                name="reportstatus",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("handler_id", sa.Integer(), nullable=True),
        sa.Column("handled_at", _INSTANT, nullable=True),
        sa.Column("answer", sa.String(length=500), nullable=True),
        sa.Column("hid", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["album_id"],
            ["album.id"],
            name=op.f("fk_photo_report_album_id_album"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["handler_id"],
            ["pceen.id"],
            name=op.f("fk_photo_report_handler_id_pceen"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["photo_id"],
            ["photo.id"],
            name=op.f("fk_photo_report_photo_id_photo"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["reporter_id"],
            ["pceen.id"],
            name=op.f("fk_photo_report_reporter_id_pceen"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photo_report")),
    )
    with op.batch_alter_table("photo_report", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_photo_report_album_id"), ["album_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_photo_report_handler_id"), ["handler_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_photo_report_photo_id"), ["photo_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_photo_report_reporter_id"), ["reporter_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_photo_report_status_created_at"), ["status", "created_at"], unique=False
        )

    op.create_table(
        "photo_tag",
        sa.Column("photo_id", sa.Integer(), nullable=False),
        sa.Column("pceen_id", sa.Integer(), nullable=False),
        sa.Column("tagged_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["pceen_id"], ["pceen.id"], name=op.f("fk_photo_tag_pceen_id_pceen"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["photo_id"], ["photo.id"], name=op.f("fk_photo_tag_photo_id_photo"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tagged_by_id"],
            ["pceen.id"],
            name=op.f("fk_photo_tag_tagged_by_id_pceen"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("photo_id", "pceen_id", name=op.f("pk_photo_tag")),
    )
    with op.batch_alter_table("photo_tag", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_photo_tag_pceen_id"), ["pceen_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_photo_tag_tagged_by_id"), ["tagged_by_id"], unique=False
        )
    op.bulk_insert(setting, [{"key": key, "value": value} for key, value in SETTINGS.items()])


def downgrade() -> None:
    op.execute(setting.delete().where(setting.c.key.in_(SETTINGS)))
    for table in _TABLES:
        op.drop_table(table)
