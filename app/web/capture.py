"""The answer to who asked for another site: from the captive network, the way to ours.

Before routing, the context and the database, so that nothing can make it fail.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from flask import Flask

from app.context.identify import address_shown
from app.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

Wsgi: TypeAlias = Callable[[dict[str, Any], "StartResponse"], Iterable[bytes]]

_TO_PORTAL = b"<!doctype html><title>PC est magique</title><p>Internet, c'est par ici.\n"
_NOT_HERE = b"Misdirected Request\n"


@dataclass(frozen=True, slots=True)
class Capture:
    """Lets through what is asked of this site, and answers for all the others."""

    site: Wsgi
    settings: Settings

    def __call__(self, environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        if host_of(environ) in self.settings.hosts:
            return self.site(environ, start_response)
        return self._captured(environ, start_response)

    def _captured(
        self, environ: dict[str, Any], start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Nothing of the request is in the answer."""
        safe = environ.get("REQUEST_METHOD") in ("GET", "HEAD")
        status, body = "421 Misdirected Request", _NOT_HERE
        headers = [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Cache-Control", "no-store"),
            ("Connection", "close"),
        ]
        if self._is_inside(environ):
            status = "302 Found" if safe else "303 See Other"
            body = _TO_PORTAL
            headers[0] = ("Content-Type", "text/html; charset=utf-8")
            headers.append(("Location", f"{self.settings.origin}/portal"))
        headers.append(("Content-Length", str(len(body))))
        start_response(status, headers)
        return [] if environ.get("REQUEST_METHOD") == "HEAD" else [body]

    def _is_inside(self, environ: dict[str, Any]) -> bool:
        """Whether the client is in the residence; one that nobody can tell may be."""
        peer, shown = environ.get("REMOTE_ADDR"), environ.get("HTTP_X_REAL_IP")
        address = address_shown(self.settings, peer, shown)
        networks = self.settings.network.internal_networks
        return address is None or any(address in network for network in networks)


def host_of(environ: dict[str, Any]) -> str:
    """The name that a request is for: lower-case, without its port."""
    host = str(environ.get("HTTP_HOST", "")).strip().lower()
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0].removesuffix(".")


def init_app(app: Flask) -> None:
    """Install this on *app*, if its settings say which names are its own."""
    settings = cast(Settings, app.extensions["settings"])
    if settings.hosts:
        app.wsgi_app = Capture(app.wsgi_app, settings)  # type: ignore[method-assign]  # as Flask says
