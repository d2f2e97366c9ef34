"""Mails that are sent to see what they look like."""

from sqlalchemy.orm import Session

from app.models import PCeen, audit, defer
from app.modules.operations.effects import TryMail
from app.modules.operations.errors import NoAddress


def try_out(session: Session, *, kind: str, pceen: PCeen, locale: str) -> str:
    """Have an example of a mail sent to *pceen*; return to which address.

    Raises:
        NoAddress: If they have none.
    """
    if pceen.email is None:
        raise NoAddress
    defer(session, TryMail(mail=kind, to=pceen.email, locale=locale))
    audit(session, "operations.mail.try", pceen, after={"mail": kind})
    return pceen.email
