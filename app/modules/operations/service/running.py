"""Carrying a task out, and what came of it."""

import logging
import secrets

from sqlalchemy.orm import Session

from app.core.errors import DomainError
from app.core.tasks import Progress, Task, TaskCancelled, TaskFailed, Values
from app.enums import TaskState
from app.modules.operations.errors import NoDryRun
from app.modules.operations.service.tasks import End

logger = logging.getLogger(__name__)


def carry_out(
    session: Session, *, task: Task, values: Values, is_dry: bool, progress: Progress
) -> End:
    """Do the work of a task, or say what it would do; whatever happens is an end."""
    work = task.dry_run if is_dry else task.run
    try:
        if work is None:
            raise NoDryRun  # noqa: TRY301  # an end like another
        said = work(session, values, progress)
        return End(state=TaskState.done, message=None if said is None else str(said))
    except TaskCancelled:
        return End(state=TaskState.cancelled)
    except TaskFailed as failure:
        return End(state=TaskState.failed, error=str(failure))
    except DomainError as refusal:
        return End(state=TaskState.failed, error=refusal.message)
    except Exception as error:
        incident = secrets.token_hex(8)
        logger.exception("task %s failed", task.name, extra={"request_id": incident})
        return End(state=TaskState.failed, error=type(error).__name__, incident=incident)
    finally:
        session.rollback()
