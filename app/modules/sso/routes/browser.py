"""What ties the visitor's browser to what it asked: a secret in its signed session."""

from flask import session

from app.core import tokens

#: What it keeps while it is at the provider, and while it proves whose account is whose.
_LEFT, _PROVES = "saml", "sso_link"


def leave() -> str:
    """The secret of a browser that leaves for the provider; the same in all its tabs."""
    return str(session.setdefault(_LEFT, tokens.new_secret()))


def who_left() -> str:
    """The secret of the browser that left; nothing for one that did not."""
    return str(session.get(_LEFT) or "")


def begin_proof() -> str:
    """The secret of a browser that has something to prove from now on."""
    session.pop(_LEFT, None)
    secret = session[_PROVES] = tokens.new_secret()
    return str(secret)


def who_proves() -> str:
    """The secret of the browser that has something to prove; nothing for another."""
    return str(session.get(_PROVES) or "")
