"""The home page, the profile, and the pages that are everyone's."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    send_from_directory,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, force_locale, get_locale, gettext as _, lazy_gettext as _l

from app import context
from app.context import Context, cookies
from app.core import clock, markdown
from app.core.transaction import transaction
from app.extensions import db
from app.models.texts import TEXT_MAX
from app.modules.account import queries as accounts
from app.modules.account.service import factors, profile as account_profile
from app.modules.home.errors import NoText, TextTooLong
from app.modules.home.rules import FIRST, RELEASES, rank_of
from app.web import installation, kept
from app.web.locale import LOCALES
from app.web.module import Module, installed_modules
from app.web.urls import absolute_url, came_from

bp = Blueprint("home", __name__)

#: Whoever has just got Internet is never given up.
WELL_KNOWN_VIDEO = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"

#: For how long what is said of faults holds, each day it is read.
SECURITY_LASTS = timedelta(days=180)

#: What the icon of the installed site offers when it is held down.
_SHORTCUTS: tuple[tuple[LazyString, str], ...] = (
    (_l("Internet"), "intrarez.connection"),
    (_l("Mon code QR du bar"), "bar.qrcode"),
    (_l("Calendrier"), "calendar.index"),
)


@bp.get("/index")
@bp.get("/")
@context.logged_in_only
def index() -> ResponseReturnValue:
    """What is asked of me; what is new for me, the most urgent first; then the news."""
    cards = sorted(_parts(lambda module: module.card), key=lambda card: rank_of(card[0]))
    news = list(_parts(lambda module: module.news))
    first = [one for one in news if one[0] in FIRST]
    after = [one for one in news if one[0] not in FIRST]
    return render_template("home/index.html", first=first, cards=cards, news=after)


@bp.get("/profile/")
@context.logged_in_only
def profile() -> ResponseReturnValue:
    """What the site knows of me."""
    me = context.current.me
    standing = accounts.standing(db.session(), me)
    parts = list(_parts(lambda module: module.profile))
    return render_template(
        "home/profile.html",
        pceen=me,
        pending=standing.pending_address,
        parts=parts,
        has_second_factor=not context.current.is_doas
        and (standing.has_factor or factors.is_needed(me)),
    )


def _parts(
    part: Callable[[Module], Callable[[Any, Context], object | None] | None],
) -> Iterator[tuple[str, object | None]]:
    """What each module shows; ``None`` for one that failed, which is logged."""
    visitor: Context = context.current
    for module in installed_modules():
        make = part(module)
        if make is None:
            continue
        try:
            shown = make(db.session(), visitor)
        except Exception:
            current_app.logger.exception("the card of %s failed", module.name)
            db.session.rollback()
            yield module.name, None
        else:
            if shown is not None:
                yield module.name, shown


@bp.post("/set_mode/<any(light, dark, auto):mode>")
@context.public
def set_mode(mode: str) -> ResponseReturnValue:
    """Choose how the pages look."""
    return _remember("mode", mode)


@bp.post("/set_locale/<any(fr, en):locale>")
@context.public
def set_locale(locale: str) -> ResponseReturnValue:
    """Choose the language of the pages."""
    if context.current.user is not None:
        with transaction(db.session()) as session:
            account_profile.choose_locale(session, pceen=context.current.user, locale=locale)
    return _remember("locale", locale)


def _remember(name: str, value: str) -> Response:
    """Keep a choice in a cookie; a script is told no more, a person goes back."""
    here = came_from() or url_for(".index")
    scripted = request.accept_mimetypes.best == "application/json"
    response = make_response("", 204) if scripted else make_response(redirect(here, 303))
    cookies.keep(response, name, value)
    return response


@bp.post("/api/markdown/preview")
@context.logged_in_only
def markdown_preview() -> ResponseReturnValue:
    """What a text in Markdown is shown as, while it is written."""
    sent = request.get_json(silent=True) if request.is_json else request.form
    text = sent.get("text") if isinstance(sent, Mapping) else None
    if not isinstance(text, str):
        raise NoText
    if len(text) > TEXT_MAX:
        raise TextTooLong(maximum=TEXT_MAX)
    return {"html": markdown.render(text)}


@bp.get("/legal")
@context.public
def legal() -> ResponseReturnValue:
    """Who runs the site, what it keeps, and what one may ask."""
    return render_template("home/legal.html")


@bp.get("/changelog")
@context.public
def changelog() -> ResponseReturnValue:
    """What is new on the site, version by version."""
    return render_template("home/changelog.html", releases=RELEASES)


@bp.get("/home")
@context.public
def wide_world() -> ResponseReturnValue:
    """The first page that one sees of the Internet."""
    return redirect(WELL_KNOWN_VIDEO, 302)


@bp.get("/manifest.webmanifest")
@context.public
def manifest() -> ResponseReturnValue:
    """What a phone needs to know to install the site."""
    sizes = [(size, purpose) for size in (192, 512) for purpose in ("any", "maskable")]
    answer: dict[str, Any] = {
        "id": "/",
        "name": "PC est magique",
        "short_name": "PEM",
        "description": _("Le site des élèves de l'ESPCI : Internet, bar, photos, agenda…"),
        "lang": str(get_locale()),
        "dir": "ltr",
        "categories": ["education", "social", "utilities"],
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "theme_color": "#152f4e",
        "background_color": "#152f4e",
        # The picture leaves enough around it to be cut round.
        "icons": [_icon(size, purpose) for size, purpose in sizes],
        "shortcuts": [
            {"name": str(label), "url": url_for(endpoint), "icons": [_icon(192, "any")]}
            for label, endpoint in _SHORTCUTS
            if endpoint in current_app.view_functions
        ],
    }
    return answer, {"Content-Type": "application/manifest+json"}


def _icon(size: int, purpose: str) -> dict[str, str]:
    return {
        "src": url_for("static", filename=f"img/icon-{size}.png"),
        "sizes": f"{size}x{size}",
        "type": "image/png",
        "purpose": purpose,
    }


@bp.get("/sw.js")
@context.public
def service_worker() -> Response:
    """What a browser runs for the site when no page is open, or no network is there."""
    answer = Response(kept.service_worker(), mimetype="text/javascript")
    answer.headers["Cache-Control"] = "no-cache"
    answer.headers["Service-Worker-Allowed"] = "/"
    return answer


@bp.get("/offline")
@context.public
def offline() -> ResponseReturnValue:
    """What is shown without a network: made for nobody, and kept beforehand in each language."""
    asked = request.args.get("locale")
    # Not by Flask, whose extensions tell templates who is logged in.
    page = current_app.jinja_env.get_template("home/offline.html")
    with force_locale(asked if asked in LOCALES else str(get_locale())):
        return page.render(mode=context.current.mode)


@bp.get("/favicon.ico")
@context.public
def favicon() -> ResponseReturnValue:
    """The icon that browsers ask for without being told."""
    return send_from_directory(f"{current_app.static_folder}/img", "favicon.ico")


@bp.get("/robots.txt")
@context.public
def robots() -> ResponseReturnValue:
    """Nothing here is for search engines."""
    return Response("User-agent: *\nDisallow: /\n", mimetype="text/plain")


@bp.get("/.well-known/security.txt")
@context.public
def security() -> ResponseReturnValue:
    """Whom to tell of a fault of the site (RFC 9116)."""
    settings = installation.settings()
    until = clock.day_start(clock.today() + SECURITY_LASTS)
    lines = (
        *(f"Contact: mailto:{address}" for address in settings.admins),
        f"Contact: {absolute_url('contact.contact')}",
        f"Expires: {until.isoformat()}",
        "Preferred-Languages: fr, en",
        f"Canonical: {absolute_url('.security')}",
    )
    return Response("".join(f"{line}\n" for line in lines), mimetype="text/plain")


@bp.get("/.well-known/change-password")
@context.public
def change_password() -> ResponseReturnValue:
    """Where password managers go."""
    return redirect(url_for("account.update_password"), 302)
