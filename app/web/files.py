"""Protected files: their links, the door that checks them, the gate that renews them.

In production the web server is the door, with ``.conf_models/nginx.conf``; ``serve`` is the same
door where there is none (community 1.6). A module that keeps files has one of each:

    @bp.get("/bekks/<int:key>/<file:name>")
    @context.public
    def file(key, name):
        return files.serve(f"/bekks/{key}", path, gate=url_for("bekk.gate", key=key, name=name))

    @bp.get("/bekk/files/<int:key>/<file:name>")
    @context.permission_only(PermissionType.read, PermissionScope.bekk)
    def gate(key, name):
        return files.renew(f"/bekks/{key}", name)
"""

import re
from pathlib import Path
from urllib.parse import quote

from flask import abort, current_app, redirect, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from app.context import current
from app.core import clock, file_tokens
from app.core.errors import DomainError
from app.core.file_tokens import Token
from app.web import installation
from app.web.headers import FILE_POLICY

#: What browsers are told of a protected file: it is for one person, and asked for again.
HEADERS = {
    "Cache-Control": "private, must-revalidate, max-age=3600",
    "Content-Security-Policy": FILE_POLICY,
}
#: What they are told of one that is for everybody.
PUBLIC_HEADERS = {
    "Cache-Control": "public, max-age=2592000",
    "Content-Security-Policy": FILE_POLICY,
    "X-Content-Type-Options": "nosniff",
}
_TYPES = {
    ".jpg": "image/jpeg",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".webp": "image/webp",
}
#: Such as a link carries: anything else is as if there were nothing, as for the web server.
_MD5, _EXPIRES = re.compile(r"[A-Za-z0-9_=-]{1,64}"), re.compile(r"[0-9]{1,20}")


class NoAddress(DomainError):
    """Links are signed for an address, and this visitor shows none."""

    status = 403
    sentence = _l(
        "Le site ne sait pas d'où vous venez : il ne peut pas vous montrer de photos."
        " Prévenez les GRI."
    )


class LinksDisagree(DomainError):
    """The web server refuses the very links that the site makes."""

    status = 403
    sentence = _l(
        "Le serveur refuse les liens du site : aucun fichier protégé ne s'ouvre."
        " Ce n'est pas de votre fait ; les GRI sont prévenus."
    )


def token(directory: str) -> Token:
    """What opens a directory to the visitor, for a while.

    Raises:
        NoAddress: If nobody knows where they are.
    """
    if not current.client_address:
        raise NoAddress
    settings = installation.settings()
    expires = file_tokens.expiry(clock.now().timestamp(), settings.photos.expires_delay)
    return file_tokens.sign(directory, current.client_address, expires, settings.photos_key)


def is_good(given: Token, directory: str) -> bool:
    """Whether what a link carries opens a directory to the visitor."""
    if not current.client_address:
        return False
    return file_tokens.is_good(
        given,
        directory,
        current.client_address,
        now=clock.now().timestamp(),
        secret=installation.settings().photos_key,
    )


def file_url(directory: str, path: str, *, opened: Token | None = None) -> str:
    """The address of a file within a directory: ``_thumbs/0a1b.webp``.

    Pages that show many files of a directory sign once, and give what *opened* it.
    """
    given = opened or token(directory)
    return f"{quote(directory)}/{quote(path)}?md5={given.md5}&expires={given.expires}"


def serve(directory: str, path: Path, *, gate: str) -> ResponseReturnValue:
    """A protected file, to who has a link to its directory; the others are led to its *gate*."""
    given = Token(_argument("md5", _MD5), _argument("expires", _EXPIRES))
    if not is_good(given, directory):
        return redirect(f"{gate}?bad_expires={given.expires}&bad_md5={given.md5}", 302)
    try:
        answer = send_file(path, mimetype=_TYPES.get(path.suffix), conditional=True)
    except (FileNotFoundError, IsADirectoryError):
        abort(404)
    answer.headers.update(HEADERS)
    return answer


def serve_public(path: Path) -> ResponseReturnValue:
    """A file that is for everybody: another has another name, browsers keep it for a month."""
    try:
        answer = send_file(path, mimetype=_TYPES.get(path.suffix), conditional=True)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        abort(404)
    answer.headers.update(PUBLIC_HEADERS)
    return answer


def renew(directory: str, path: str) -> ResponseReturnValue:
    """Lead to a file with a new link who may open it: the gate has asked.

    Raises:
        NoAddress: If nobody knows where they are.
        LinksDisagree: If what was refused is what would be given again.
    """
    if not current.client_address:
        raise NoAddress
    refused = Token(request.args.get("bad_md5", ""), request.args.get("bad_expires", ""))
    if is_good(refused, directory):
        current_app.logger.error(
            "the web server refuses a good link of %s: PHOTOS_SECRET_KEY, or the address that it"
            " shows of clients, is not the same for both",
            directory,
        )
        raise LinksDisagree
    return redirect(file_url(directory, path), 302)


def _argument(name: str, wanted: re.Pattern[str]) -> str:
    """What a link carries under a name, read as the web server reads it: the first, undecoded."""
    for part in request.query_string.decode("latin-1").split("&"):
        key, _, value = part.partition("=")
        if key.lower() == name and "=" in part:
            return value if wanted.fullmatch(value) else ""
    return ""
