"""Where people are sent: our own pages only, under the name of the settings."""

import posixpath
import re
from typing import Any, cast
from urllib.parse import SplitResult, unquote, urlsplit

from flask import Flask, current_app, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter, IntegerConverter, RequestRedirect, ValidationError

from app.core.file_tokens import FILE_NAME
from app.settings import Settings

#: A longer ``next`` is not one of ours.
LONGEST_NEXT = 1024
#: What one is never sent back to.
_NEVER = re.compile(
    r"/(login|logout|register|auth_needed|reset_password|invitation|saml|static|api)(/|$|_)"
)
_UNWELCOME = re.compile(r"[\s\x00-\x20\x7f-\x9f\\]")
#: The largest number that a row may have.
_LARGEST = 2**31 - 1


class RowNumber(IntegerConverter):
    """``<int:key>``: ASCII digits alone, and a number that the databases can hold."""

    regex = "[0-9]{1,18}"

    def to_python(self, value: str) -> int:
        number = int(value)
        if number > _LARGEST:
            raise ValidationError
        return number


class FileName(BaseConverter):
    """``<file:name>``: the name of a file that the site made, and nothing else."""

    regex = FILE_NAME.pattern
    #: Tried before any text.
    weight = 50


def local_path(target: str | None) -> str | None:
    """*target*, if it is a page of ours that one may be sent to; else ``None``.

    The rule of network-a 3.6: a path with its query, which a GET route serves.
    """
    if not target or not _is_ours(target) or _NEVER.match(unquote(urlsplit(target).path)):
        return None
    return target


def _is_ours(target: str) -> bool:
    """Whether *target* is a path with its query, which a GET route of ours serves."""
    if len(target) > LONGEST_NEXT or _UNWELCOME.search(target):
        return False
    if not target.startswith("/") or target[1:2] == "/":
        return False
    path = unquote(urlsplit(target).path)
    if _UNWELCOME.search(path) or posixpath.normpath(path).rstrip("/") != path.rstrip("/"):
        return False
    return not path.startswith("//") and _is_page(path)


def came_from() -> str | None:
    """The page of ours where the visitor pressed a button, if the browser says it."""
    referrer = split(request.referrer)
    target = referrer.path + (f"?{referrer.query}" if referrer.query else "")
    return target if referrer.netloc == request.host and _is_ours(target) else None


def split(address: str | None) -> SplitResult:
    """The parts of an address that a browser claims; those of nonsense are empty."""
    try:
        return urlsplit(address or "")
    except ValueError:
        return urlsplit("")


def _is_page(path: str) -> bool:
    adapter = current_app.url_map.bind("localhost")
    try:
        adapter.match(path, method="GET")
    except RequestRedirect:
        return True
    except HTTPException:
        return False
    return True


def next_page() -> str | None:
    """The page the visitor wants after this one, if it is one of ours."""
    return local_path(request.args.get("next") or request.form.get("next"))


def onwards(default: str = "home.index") -> str:
    """The page the visitor wants after this one, else the page *default*."""
    return next_page() or url_for(default)


def this_page() -> str:
    """The page asked for, with its query; for a form, the page of the form."""
    if request.method in ("GET", "HEAD"):
        return request.full_path.rstrip("?")
    referrer = split(request.referrer)
    own = local_path(referrer.path + (f"?{referrer.query}" if referrer.query else ""))
    return own or local_path(request.path) or url_for("home.index")


def absolute_url(endpoint: str, **values: Any) -> str:
    """The full address of a page: never what the request claims, always the settings'."""
    settings = cast(Settings, current_app.extensions["settings"])
    return settings.origin + url_for(endpoint, _external=False, **values)


def init_app(app: Flask) -> None:
    """Install this on *app*, before its views."""
    app.url_map.converters["int"] = RowNumber
    app.url_map.converters["file"] = FileName
