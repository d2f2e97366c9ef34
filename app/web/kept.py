"""What a browser keeps of the site for when there is no network.

The service worker does it (``static/js/sw/pages.js``); what it may keep, and for how long, is
said here alone, and given to it in ``/sw.js``.
"""

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast

from flask import Flask, current_app, request, url_for

from app.context import current, readers
from app.core import clock
from app.core.version import VERSION
from app.settings import Settings
from app.web.locale import LOCALES

#: The pages that a person may read again without a network, by endpoint, and for how long. What is
#: not there is never kept: a balance, what may be bought, who may do what.
KEPT: Mapping[str, timedelta] = {
    "bar.qrcode": timedelta(days=30),
    "bar.top_up_state": timedelta(days=30),
    "intrarez.banned": timedelta(days=7),
    "intrarez.subscription": timedelta(days=7),
    "intrarez.unpaid": timedelta(days=7),
    "panier_bio.pickup": timedelta(days=1),
    "payments.payment": timedelta(days=30),
}
#: The forms that end a log-in: what is kept is forgotten as they are sent, network or not.
LEAVING = ("account.logout",)
#: What is the browser's own business: it asks there for a password that is not the site's.
LEFT_ALONE = r"^/photos?/psl(?:[/.]|$)"
#: What every kept page needs, and the page that says that there is no network.
SHARED = (
    *("css/site.css", "css/font.css", "svg/icons.svg"),
    *("img/logo.svg", "img/logo-gri.svg", "img/logo-member.svg"),
    *(f"js/{name}.js" for name in ("confirm", "forms", "kept", "menus", "mode", "offline")),
    *(f"js/{name}.js" for name in ("tables", "times", "toasts")),
)
#: What other files ask for without a version.
SHARED_AS_IS = ("js/http.js", "vendor/inter-latin.woff2")
_PARAMETER = re.compile(r"<(?:(\w+)(?:\([^)]*\))?:)?\w+>")


def keeps_page() -> bool:
    """Whether the browser may keep the page that is being made."""
    return request.endpoint in KEPT and current.reader not in (None, readers.NOBODY)


def patterns(app: Flask) -> list[tuple[str, int]]:
    """The addresses of the pages that are kept, and for how many seconds."""
    return [
        (_pattern(rule.rule), int(KEPT[rule.endpoint].total_seconds()))
        for rule in app.url_map.iter_rules()
        if rule.endpoint in KEPT and "GET" in (rule.methods or ())
    ]


def _pattern(rule: str) -> str:
    """What the addresses of a rule look like, for a script."""
    fixed = _PARAMETER.split(rule)
    # Between two parts, what kind of parameter it is.
    parts = [
        re.escape(part) if index % 2 == 0 else ("[0-9]+" if part == "int" else "[^/]+")
        for index, part in enumerate(fixed)
    ]
    return f"^{''.join(parts)}$"


def service_worker() -> str:
    """The script at the root of the site: what it must know, and the scripts that do the rest."""
    settings = cast(Settings, current_app.extensions["settings"])
    site: dict[str, Any] = {
        "version": VERSION,
        "isChanging": settings.mode == "development",  # files change, not the version
        "kept": patterns(current_app),
        "leaving": [url_for(endpoint) for endpoint in LEAVING],
        "leftAlone": LEFT_ALONE,
        "offline": {locale: url_for("home.offline", locale=locale) for locale in LOCALES},
        "shared": [
            *(url_for("static", filename=name) for name in SHARED),
            *(url_for("static", filename=name, v=None) for name in SHARED_AS_IS),
        ],
    }
    scripts = [url_for("static", filename=f"js/sw/{name}.js") for name in ("pages", "push")]
    return (
        "// What the site does without a network, and of what is pushed to it.\n\n"
        f"const SITE = {json.dumps(site, indent=2)};\n\n"
        f"importScripts({', '.join(json.dumps(script) for script in scripts)});\n"
    )


def init_app(app: Flask) -> None:
    """Install this on *app*."""
    app.jinja_env.globals.update(keeps_page=keeps_page, now=clock.now)
