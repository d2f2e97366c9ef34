"""Who reads, as a browser is told: so that the pages it keeps are never shown to someone else.

The name is a log-in's, not a person's, and says nothing to anybody. It changes with what the
person may do: what was kept when they might do more is forgotten with the next page.
"""

import hashlib
import hmac

from app.context.current import Context
from app.core import clock
from app.models import LoginSession

#: What is said of who is nobody, and of a GRI who acts for someone: nothing is kept for them.
NOBODY = "nobody"
_LETTERS = 32


def described(context: Context, key: str) -> str:
    """Who reads, and how many seconds without a page what is kept for them may live."""
    login = context.login
    if login is None or context.is_doas:
        return NOBODY
    left = login.left(clock.now(), is_gri=login.pceen.is_gri)
    return f"{_name(login, key)}; max-age={int(left.total_seconds())}"


def _name(login: LoginSession, key: str) -> str:
    rights = sorted({held.key for role in login.pceen.roles for held in role.permissions})
    said = "\n".join(("reader", login.token_hash, *rights))
    return hmac.new(key.encode(), said.encode(), hashlib.sha256).hexdigest()[:_LETTERS]
