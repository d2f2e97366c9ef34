"""What a person sees when something goes wrong."""

import errno
import secrets
from datetime import datetime
from http import HTTPStatus
from typing import Any

import sqlalchemy as sa
from flask import (
    Flask,
    current_app,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from sqlalchemy.orm.exc import ObjectDeletedError
from werkzeug.exceptions import HTTPException

from app.context import current
from app.context.refusals import (
    AccountNeeded,
    DoasOver,
    FromInsideOnly,
    InPersonOnly,
    LoggedInAlready,
    LogInFirst,
    SecondFactorNeeded,
    UnderMaintenance,
)
from app.core import clock
from app.core.errors import DomainError
from app.extensions import db, login_manager
from app.models import MAINTENANCE_MESSAGE, MAINTENANCE_UNTIL
from app.web.headers import SECRET_PAGES
from app.web.urls import local_path, onwards, split, this_page

#: What each status means to a person: what happened, then what to do.
SENTENCES = {
    400: _l("Cette demande n'est pas compréhensible. Revenez en arrière et recommencez."),
    403: _l("Vous n'avez pas le droit d'ouvrir cette page. Si cela vous étonne, écrivez aux GRI."),
    404: _l("Cette page n'existe pas, ou plus."),
    405: _l("Cette page ne s'utilise pas ainsi. Revenez en arrière et recommencez."),
    409: _l("Quelque chose a changé entre-temps. Revenez en arrière et recommencez."),
    413: _l("Ce que vous envoyez est trop gros."),
    415: _l("Ce type de fichier n'est pas accepté ici."),
    418: _l("Je suis une théière. Le café, c'est en face."),
    429: _l("C'est beaucoup pour si peu de temps. Patientez un peu, puis recommencez."),
}
_BROKEN = _l("Quelque chose s'est cassé. Les GRI sont prévenus ; réessayez dans un moment.")
_AWAY = _l("Le site ne peut pas lire ses données pour l'instant. Réessayez dans une minute.")
_FULL = _l("Le disque du site est plein : rien n'a été gardé. Les GRI sont prévenus.")
#: What systems say when there is no room for a file, or none for us.
_FULL_ERRORS = (errno.ENOSPC, errno.EDQUOT)
#: What drivers say when there is nobody at the other end, and the pool when all are taken.
_AWAY_ERRORS = (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError)


def back() -> str:
    """The page of ours the person came from, or the home page."""
    referrer = split(request.referrer)
    path = referrer.path if referrer.netloc in ("", request.host) else None
    path = local_path(path + (f"?{referrer.query}" if referrer.query else "")) if path else None
    return path if path and path != request.path else url_for("home.index")


def wants_json() -> bool:
    """Whether a program asks: it is answered in JSON."""
    return request.path.startswith(("/api/", "/calendar/api/"))


def _json(
    status: int, message: str, headers: dict[str, str], detail: Any = None
) -> ResponseReturnValue:
    error = {"status": status, "name": HTTPStatus(status).phrase, "message": message}
    if detail is not None:
        error["detail"] = detail
    return {"error": error}, status, headers


def _page(status: int, message: str, headers: dict[str, str]) -> ResponseReturnValue:
    name = HTTPStatus(status).phrase
    html = render_template("errors/error.html", message=message, name=name, status=status)
    return html, status, headers


def answer(status: int, message: str, headers: dict[str, str] | None = None) -> ResponseReturnValue:
    """Say *message*, as a page or as JSON."""
    return (_json if wants_json() else _page)(status, message, headers or {})


def _refused(error: DomainError) -> ResponseReturnValue:
    """A rule said no: say why, on the page where it was asked."""
    wait = error.details.get("seconds")
    headers = {"Retry-After": str(wait)} if wait else {}
    if wants_json():
        return _json(error.status, error.message, headers, error.detail)
    if error.status in (404, 413, 429) or request.method == "GET":
        return answer(error.status, error.message, headers)
    flash(error.message, "danger")
    return redirect(back(), 303)


def _to_log_in(endpoint: str, sentence: str) -> ResponseReturnValue:
    if wants_json():
        return _json(401, sentence, {})
    if request.endpoint != "home.index":  # the first page: nobody has to be told why
        flash(sentence, "warning")
    secret = request.endpoint in SECRET_PAGES  # its address goes nowhere else
    page = None if secret else local_path(this_page())
    return redirect(url_for(endpoint, next=page), 302)


def _account_needed(_error: AccountNeeded) -> ResponseReturnValue:
    return _to_log_in("account.auth_needed", _("Il faut un compte pour ouvrir cette page."))


def _log_in_first(_error: LogInFirst) -> ResponseReturnValue:
    return _to_log_in("account.login", _("Connectez-vous pour ouvrir cette page."))


def _from_inside_only(_error: FromInsideOnly) -> ResponseReturnValue:
    message = _("Cette page ne s'ouvre que depuis la résidence.")
    if wants_json():
        return _json(403, message, {})
    gateway = current_app.extensions["settings"].network.address_gateway
    return render_template("errors/inside.html", gateway=gateway), 403


def _logged_in_already(_error: LoggedInAlready) -> ResponseReturnValue:
    return redirect(onwards(), 302)


def _in_person_only(_error: InPersonOnly) -> ResponseReturnValue:
    return answer(403, _("Personne ne fait cela à la place de quelqu'un d'autre."))


def _second_factor_needed(_error: SecondFactorNeeded) -> ResponseReturnValue:
    """Lead a GRI to their second factors; nothing of what they asked is done."""
    sentence = _("Les GRI doivent donner un second facteur avant d'aller plus loin.")
    if wants_json():
        return _json(403, sentence, {})
    flash(sentence, "warning")
    return redirect(url_for("account.second_factor", next=local_path(this_page())), 303)


#: What is never shown again.
_SECRET_FIELDS = ("csrf_token", "password", "password_confirm", "current_password", "recovery")


def _typed() -> list[tuple[str, str]]:
    """What the form held, secrets apart."""
    return [(k, v) for k, v in request.form.items(multi=True) if k not in _SECRET_FIELDS]


def _doas_over(_error: DoasOver) -> ResponseReturnValue:
    """A form filled in for someone, too late: show what was typed, and do nothing."""
    message = _("Vous n'agissez plus à la place de quelqu'un : rien n'a été fait.")
    if wants_json():
        return _json(409, message, {})
    internal = ("idempotency_key", "version", "next")
    typed = [value for name, value in _typed() if name not in internal and value.strip()]
    return render_template("errors/doas_over.html", message=message, typed=typed), 409


def _under_maintenance(_error: UnderMaintenance) -> ResponseReturnValue:
    """The site is closed for work: say until when, with a page that needs little of it."""
    until = _maintenance_end()
    left = int((until - clock.now()).total_seconds()) if until else 600
    headers = {"Retry-After": str(max(60, left))}
    message = MAINTENANCE_MESSAGE.get(db.session())
    if wants_json():
        return _json(503, message or _("Le site est en maintenance."), headers)
    page = render_template(
        "errors/maintenance.html",
        message=message,
        until=until,
        leaves=current.user is not None,
        mode=current.mode,
    )
    return page, 503, headers


def _maintenance_end() -> datetime | None:
    try:
        until = datetime.fromisoformat(MAINTENANCE_UNTIL.get(db.session()))
    except ValueError:
        return None
    return until if until.tzinfo and until > clock.now() else None


def _forged(_error: CSRFError) -> ResponseReturnValue:
    """A form too old, or from elsewhere: show what was typed, to be sent again."""
    message = _("Ce formulaire est trop ancien, ou vient d'ailleurs : rien n'a été fait.")
    if wants_json():
        return _json(403, message, {})
    typed = _typed()
    asks_secret = any(name in request.form for name in _SECRET_FIELDS[1:])
    again = _comes_from_us() and not asks_secret and not request.files
    page = render_template("errors/stale.html", message=message, typed=typed if again else None)
    return page, 403


def _comes_from_us() -> bool:
    """Whether a page of ours sent this, as the browser says."""
    origin = request.headers.get("Origin") or request.referrer or ""
    return origin != "" and split(origin).netloc == request.host


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None:
        return error.response
    status = error.code or 500
    cause = getattr(error, "original_exception", None)  # of a page of errors that failed
    if isinstance(cause, _AWAY_ERRORS):
        return _database_away(cause)
    if status >= 500:
        return standalone(status)
    headers = {k: v for k, v in error.get_headers() if k.lower() != "content-type"}
    return answer(status, str(SENTENCES.get(status, SENTENCES[400])), headers)


def _gone(_error: ObjectDeletedError) -> ResponseReturnValue:
    """Someone else has just deleted what the request is about."""
    return answer(409, str(SENTENCES[409]))


def _database_away(error: sa.exc.SQLAlchemyError) -> ResponseReturnValue:
    why = type(getattr(error, "orig", None) or error).__name__
    current_app.logger.error("the database does not answer: %s", why, extra={"untold": True})
    return standalone(503)


def _disk_refused(error: OSError) -> ResponseReturnValue:
    if error.errno not in _FULL_ERRORS:
        return _crashed(error)
    current_app.logger.error("the disk is full", exc_info=error)
    return standalone(503, str(_FULL))


def _crashed(error: Exception) -> ResponseReturnValue:
    current_app.logger.error("unexpected error", exc_info=error)
    return standalone(500)


def standalone(status: int, message: str = "") -> ResponseReturnValue:
    """A page that needs neither the database, nor the context, nor the menu."""
    try:
        db.session.rollback()
    except sa.exc.SQLAlchemyError:
        current_app.logger.info("nothing to roll back")
    if "_login_user" not in g:  # nobody knows who asks, and templates would read it again
        login_manager._update_request_context_with_user()  # noqa: SLF001  # the one way to say so
    incident = g.get("request_id") or secrets.token_hex(4)
    headers = {"Retry-After": "60"} if status == 503 else {}
    message = message or str(_AWAY if status == 503 else _BROKEN)
    if wants_json():
        detail = {"incident": incident} if status == 500 else None
        return _json(status, message, headers, detail)
    values: dict[str, Any] = {"message": message, "incident": incident, "status": status}
    html = render_template("errors/standalone.html", name=HTTPStatus(status).phrase, **values)
    return make_response(html, status, headers)


def _let_go(_error: BaseException | None) -> None:
    """End the session; a connection that is lost by then takes back no answer."""
    try:
        db.session.remove()
    except sa.exc.DBAPIError as error:
        why = type(error.orig).__name__
        current_app.logger.warning("a connection was lost once all was said: %s", why)
        db.session().invalidate()
        db.session.remove()


def init_app(app: Flask) -> None:
    """Install this on *app*, whose database is there: what is installed last ends first."""
    app.teardown_appcontext(_let_go)
    app.register_error_handler(DomainError, _refused)
    app.register_error_handler(AccountNeeded, _account_needed)
    app.register_error_handler(LogInFirst, _log_in_first)
    app.register_error_handler(FromInsideOnly, _from_inside_only)
    app.register_error_handler(LoggedInAlready, _logged_in_already)
    app.register_error_handler(InPersonOnly, _in_person_only)
    app.register_error_handler(DoasOver, _doas_over)
    app.register_error_handler(UnderMaintenance, _under_maintenance)
    app.register_error_handler(SecondFactorNeeded, _second_factor_needed)
    app.register_error_handler(CSRFError, _forged)
    app.register_error_handler(HTTPException, _http)
    for away in _AWAY_ERRORS:
        app.register_error_handler(away, _database_away)
    app.register_error_handler(ObjectDeletedError, _gone)
    app.register_error_handler(OSError, _disk_refused)
    app.register_error_handler(Exception, _crashed)
