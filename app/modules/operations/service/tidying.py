"""What is done each hour for the site to stay tidy."""

from sqlalchemy.orm import Session

from app.modules.operations.service import outbox, tasks


def tidy(session: Session) -> None:
    """Forget what is of no use any more, and close what died."""
    tasks.interrupt_silent(session)
    tasks.forget_old(session)
    outbox.forget_old(session)
