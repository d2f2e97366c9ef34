"""The application: choose who you are, and go back to the site."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, render_template, request
from flask.typing import ResponseReturnValue
from jinja2 import StrictUndefined

from idp_sandbox import words
from idp_sandbox.provider import Provider, Reply, Unfit
from idp_sandbox.students import students

#: What the site asks with, and signs.
ASKED = ("SAMLRequest", "RelayState", "SigAlg", "Signature")
_STATIC = Path(__file__).with_name("static")
_GIVE_UP = ""


def _today() -> date:
    return date.today()  # noqa: DTZ011, TID251  # not the site's


def create_sandbox(provider: Provider, *, today: Callable[[], date] = _today) -> Flask:
    """The pages of a provider."""
    sandbox = Flask("idp_sandbox", static_folder=None)
    sandbox.config["MAX_CONTENT_LENGTH"] = 64 * 1024
    sandbox.jinja_env.undefined = StrictUndefined

    @sandbox.get("/")
    def people() -> ResponseReturnValue:
        return _page("people.html", students=students(today()))

    @sandbox.get("/metadata")
    def metadata() -> ResponseReturnValue:
        return Response(provider.metadata(), mimetype="application/samlmetadata+xml")

    @sandbox.get("/login")
    def login() -> ResponseReturnValue:
        asked = _asked(request.args)
        provider.check(asked)
        page = _page("login.html", students=students(today()), asked=asked)
        return _with_policy(page, "'self'")

    @sandbox.post("/login")
    def choose() -> ResponseReturnValue:
        asked, key = _asked(request.form), request.form.get("student", "")
        if key == _GIVE_UP:
            return _leave(provider.give_up(asked))
        student = next((one for one in students(today()) if one.key == key), None)
        if student is None:
            abort(400)
        return _leave(provider.vouch(student, asked))

    @sandbox.get("/<any('style.css', 'leave.js'):name>")
    def static_file(name: str) -> ResponseReturnValue:
        kind = "text/css" if name.endswith(".css") else "text/javascript"
        return Response((_STATIC / name).read_bytes(), mimetype=kind)

    @sandbox.errorhandler(Unfit)
    def refuse(error: Unfit) -> ResponseReturnValue:
        page = _page("refusal.html", reason=str(error))
        page.status_code = 400
        return page

    sandbox.after_request(_protect)
    return sandbox


def _asked(given: Any) -> dict[str, str]:
    return {name: given[name] for name in ASKED if name in given}


def _leave(reply: Reply) -> Response:
    """The page that brings the answer to the site, by a script or by its button."""
    parts = urlsplit(reply.url)
    return _with_policy(_page("leave.html", reply=reply), f"{parts.scheme}://{parts.netloc}")


def _page(template: str, **values: Any) -> Response:
    language = request.accept_languages.best_match(words.LANGUAGES) or words.FRENCH
    html = render_template(template, language=language, _=words.translator(language), **values)
    page = Response(html, mimetype="text/html")
    page.vary.add("Accept-Language")
    return page


def _with_policy(page: Response, forms: str) -> Response:
    """Allow our style, our script, and forms that lead to *forms*."""
    page.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; "
        f"form-action {forms}; base-uri 'none'; frame-ancestors 'none'"
    )
    return page


def _protect(response: Response) -> Response:
    if "Content-Security-Policy" not in response.headers:
        _with_policy(response, "'none'")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response
