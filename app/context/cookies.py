"""The small cookies that are not the session: how the pages look, in which language."""

from datetime import timedelta

from flask import Response, current_app, request

#: How long a browser keeps them.
LASTS = timedelta(days=365)


def _named(name: str) -> str:
    """On HTTPS the name itself has browsers refuse it from anywhere else."""
    return f"__Host-{name}" if current_app.config["SESSION_COOKIE_SECURE"] else name


def kept(name: str) -> str:
    """What the browser keeps under this *name*; nothing if it keeps nothing."""
    return request.cookies.get(_named(name), "")


def keep(response: Response, name: str, value: str) -> None:
    """Have the browser keep *value* for a year; scripts cannot read it."""
    response.set_cookie(
        _named(name),
        value,
        max_age=LASTS,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )
