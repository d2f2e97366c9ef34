"""Who disabled an account, and why."""

import sqlalchemy as sa
from alembic import op

revision = "20261129_disabled"
down_revision = "20261129_cockpit"

_REFERENCE = "fk_pceen_disabled_by_id_pceen"
_INDEX = "ix_pceen_disabled_by_id"


def upgrade() -> None:
    with op.batch_alter_table("pceen", schema=None) as batch_op:
        batch_op.add_column(sa.Column("disabled_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("disabled_reason", sa.String(length=255), nullable=True))
        batch_op.create_index(_INDEX, ["disabled_by_id"], unique=False)
        batch_op.create_foreign_key(
            _REFERENCE, "pceen", ["disabled_by_id"], ["id"], ondelete="SET NULL"
        )


def downgrade() -> None:
    with op.batch_alter_table("pceen", schema=None) as batch_op:
        batch_op.drop_constraint(_REFERENCE, type_="foreignkey")
        batch_op.drop_index(_INDEX)
        batch_op.drop_column("disabled_reason")
        batch_op.drop_column("disabled_by_id")
