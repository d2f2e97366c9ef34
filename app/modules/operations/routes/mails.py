"""The mails of the site: what they look like, and those that were sent."""

from typing import Literal

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext as _

from app import context
from app.core.transaction import transaction
from app.extensions import db
from app.integrations.mailer import Mail, written
from app.modules.operations import around
from app.modules.operations.errors import NoSuchMail
from app.modules.operations.queries import mails as queries
from app.modules.operations.routes.blueprint import bp
from app.modules.operations.service import mails as service
from app.web.headers import POLICY

#: Whom the examples are for: nobody.
_NOBODY = "exemple@example.org"
#: What a mail may do when it is shown: styles of its own, as in a reader of mails, and no script.
_MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; form-action 'none'; "
    "frame-ancestors 'self'; base-uri 'none'; sandbox allow-same-origin"
)
_LANGUAGES = ("fr", "en")


def _kind(name: str) -> type[Mail]:
    kind = around.mails().get(name)
    if kind is None:
        raise NoSuchMail
    return kind


def _language() -> str:
    """The language that is asked for, else that of the page."""
    asked = request.values.get("lang", "")
    return asked if asked in _LANGUAGES else str(get_locale())


@bp.get("/gris/mails")
@context.gris_only
def mails() -> ResponseReturnValue:
    """Each mail that the site may send, and those that it sent lately."""
    kinds = around.mails()
    return render_template(
        "operations/mails.html",
        kinds=kinds.values(),
        letters=queries.last_mails(db.session(), list(kinds)),
        subjects={name: str(kind.subject) for name, kind in kinds.items()},
    )


@bp.get("/gris/mails/<name>")
@context.gris_only
def mail(name: str) -> ResponseReturnValue:
    """A mail with made-up values: its page, or only what is sent, with ``format``."""
    kind, language = _kind(name), _language()
    asked = request.args.get("format")
    if asked in ("html", "txt"):
        return _sent(kind, language, "html" if asked == "html" else "plain")
    message = written(around.example(kind, to=_NOBODY, locale=language), 0)
    page = make_response(
        render_template(
            "operations/mail.html",
            kind=kind,
            subject=str(message["Subject"]),
            text=_part(kind, language, "plain"),
            language=language,
            tabs=_tabs(name, language),
            own_address=context.current.me.email,
        )
    )
    page.headers["Content-Security-Policy"] = f"{POLICY}; frame-src 'self'"
    return page


def _tabs(name: str, language: str) -> list[tuple[str, str, bool]]:
    labels = {"fr": "Français", "en": "English"}
    return [
        (labels[one], url_for(".mail", name=name, lang=one), one == language) for one in _LANGUAGES
    ]


def _part(kind: type[Mail], language: str, part: Literal["html", "plain"]) -> str:
    message = written(around.example(kind, to=_NOBODY, locale=language), 0)
    body = message.get_body((part,))
    return str(body.get_content()) if body is not None else ""


def _sent(kind: type[Mail], language: str, part: Literal["html", "plain"]) -> Response:
    """What is sent, alone, and as harmless as in a reader of mails."""
    answer = Response(_part(kind, language, part), mimetype=f"text/{part}")
    answer.headers["Content-Security-Policy"] = _MAIL_POLICY
    return answer


@bp.post("/gris/mails/<name>/test")
@context.gris_only
def try_mail(name: str) -> ResponseReturnValue:
    """Send an example to oneself."""
    kind, language = _kind(name), _language()
    with transaction(db.session()) as session:
        to = service.try_out(session, kind=kind.kind, pceen=context.current.me, locale=language)
    flash(_("L'essai part vers %(address)s.", address=to), "success")
    return redirect(url_for(".mail", name=name, lang=language), 303)
