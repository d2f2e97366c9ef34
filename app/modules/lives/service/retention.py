"""What the life of accounts leaves behind, and for how long (network-b B8.5)."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import transaction
from app.models import MergedAccount, RecoveryCode, SamlRequest, SamlSeen, SsoLink
from app.modules.lives.service import exports
from app.modules.payments.service import lives as payments

#: The copies of accounts that were merged.
COPIES_KEPT = timedelta(days=30)
#: Codes on paper that were used.
CODES_KEPT = timedelta(days=90)
#: What the log-ins of the school leave, a little longer than it is good for.
SSO_KEPT = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Tidied:
    """How many files and rows were of no use any more."""

    files: int
    rows: int


def tidy(session: Session, *, directory: Path) -> Tidied:
    """Forget all that is too old, archives included."""
    files = exports.tidy(session, directory=directory)
    with transaction(session):
        rows = _purge(session)
    return Tidied(files, rows)


def _purge(session: Session) -> int:
    now = clock.now()
    copies = sa.update(MergedAccount).where(
        MergedAccount.merged_at <= now - COPIES_KEPT, MergedAccount.copy.is_not(None)
    )
    over = now - SSO_KEPT
    statements: tuple[sa.Update | sa.Delete, ...] = (
        copies.values(copy=None),
        sa.delete(RecoveryCode).where(RecoveryCode.used_at <= now - CODES_KEPT),
        sa.delete(SamlRequest).where(SamlRequest.expires_at <= over),
        sa.delete(SamlSeen).where(SamlSeen.expires_at <= over),
        sa.delete(SsoLink).where(SsoLink.expires_at <= over),
    )
    rows = payments.purge(session)
    for stmt in statements:
        result = session.execute(stmt.execution_options(synchronize_session=False))
        rows += result.rowcount  # type: ignore[attr-defined]  # such a result has it
    return rows
