"""Who has a browser send a form: a page of ours, and no other site.

Tokens against forged forms are what protects them; this is a second door, which no token that leaks
opens. Browsers say by themselves where a request comes from (``Sec-Fetch-Site``), and no page can
have them say otherwise; what is not a browser says nothing, and is not asked.
"""

from flask import Flask, request
from flask_wtf.csrf import CSRFError

#: What changes nothing.
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
#: Another site, or one that is under the same name.
_ELSEWHERE = frozenset({"cross-site", "same-site"})
#: What is sent from elsewhere, and signed there.
SIGNED = frozenset(
    {
        *(f"payments.{n}" for n in ("confirm", "cancel")),
        *(f"bar.{n}" for n in ("lydia_confirm", "lydia_cancel")),
        "sso.acs",
    }
)


def check() -> None:
    """Refuse a form that another site has a browser send.

    Raises:
        CSRFError: It is answered as any forged form.
    """
    if request.method in _READING or request.endpoint is None or request.endpoint in SIGNED:
        return
    if request.headers.get("Sec-Fetch-Site", "").strip().lower() in _ELSEWHERE:
        raise CSRFError("Another site sends this form.")


def init_app(app: Flask) -> None:
    """Install this on *app*."""
    app.before_request(check)
