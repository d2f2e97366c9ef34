"""What other machines answer: the mail server, the chat, Lydia, the site itself."""

import http.client
import re
import smtplib
import socket
import ssl
from contextlib import closing
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from app.core import clock, file_tokens
from app.core.version import VERSION
from app.modules.operations.rules.doctor.around import Service, Site
from app.settings import MailSettings, Networks

#: How long, in seconds, each may take.
PATIENCE = 5.0
#: The most that is read of a page, in bytes.
_LONGEST = 300_000
#: How pages ask for their style, with the version of the site.
_VERSION = re.compile(r"css/site\.css\?v=([0-9A-Za-z.+-]+)")
#: A directory and a file that no album has: a link to them opens, and nothing is there.
_DIRECTORY, _FILE = "/photo/doctor/doctor", "doctor.jpg"
_HTTPS = 443


def mail(settings: MailSettings, *, is_asked: bool) -> Service:
    """The mail server: it is greeted, and sent nothing."""
    where = f"{settings.server}:{settings.port}{', with TLS' if settings.use_tls else ''}"
    error = _greet(settings) if is_asked else None
    return Service(name="mail", where=where, variable="MAIL_SERVER", is_asked=is_asked, error=error)


def _greet(settings: MailSettings) -> str | None:
    try:
        with smtplib.SMTP(settings.server, settings.port, timeout=PATIENCE) as smtp:
            smtp.ehlo_or_helo_if_needed()
            if settings.use_tls:
                smtp.starttls(context=ssl.create_default_context())
            if settings.username and settings.password:
                smtp.login(settings.username, settings.password.get_secret_value())
    except smtplib.SMTPAuthenticationError:
        return "it refuses MAIL_USERNAME and MAIL_PASSWORD"
    except (OSError, smtplib.SMTPException) as error:
        return _why(error)
    return None


def service(name: str, variable: str, url: str | None, *, is_asked: bool) -> Service:
    """A service over https: its host is reached, and asked nothing. No path of *url* is told."""
    if url is None:
        return Service(name=name, where="", variable=variable)
    address = urlsplit(url)
    host, port = address.hostname or "", address.port or (_HTTPS if _is_https(url) else 80)
    error = None
    if is_asked:
        try:
            _opened(host, port, is_https=_is_https(url)).close()
        except OSError as failure:
            error = _why(failure)
    return Service(name=name, where=host, variable=variable, is_asked=is_asked, error=error)


def site(url: str, *, name: str, photos_key: str, trusted: Networks = ()) -> Site:
    """The site at *url*, as a visitor who calls it *name* finds it.

    It tells the *trusted* more than it tells others, and this very machine, unless the web server
    says that somebody asks through it.
    """
    distrust = None
    try:
        try:
            page = _fetch(url, "/login", name)
        except ssl.SSLCertVerificationError as error:
            distrust = error.verify_message
            page = _fetch(url, "/login", name, trusts=True)
        detail = _fetch(url, "/readyz", name, trusts=True)
        link = _link(url, name, photos_key, address=page.address)
    except (OSError, http.client.HTTPException) as error:
        return Site(url=url, error=_why(error))
    said = _VERSION.search(page.body)
    is_trusted = any(ip_address(page.address) in network for network in trusted)
    return Site(
        url=url,
        distrust=distrust,
        version=said[1] if said else None,
        wanted=VERSION,
        takes_for_local=None if is_trusted else '"checks"' in detail.body,
        link=link,
    )


def _link(
    url: str, name: str, photos_key: str, *, address: str
) -> Literal["opened", "refused", "unknown"]:
    """What the web server makes of a link that the site would sign for us."""
    expires = file_tokens.expiry(clock.now().timestamp(), 300)
    token = file_tokens.sign(_DIRECTORY, address, expires, photos_key)
    path = f"{_DIRECTORY}/{_FILE}?md5={token.md5}&expires={token.expires}"
    answer = _fetch(url, path, name, trusts=True)
    if answer.status == http.HTTPStatus.NOT_FOUND:
        return "opened"
    return "refused" if answer.status in (301, 302, 403) else "unknown"


class _Page:
    """What came back."""

    def __init__(self, status: int, body: str, address: str) -> None:
        self.status, self.body, self.address = status, body, address


def _fetch(url: str, path: str, name: str, *, trusts: bool = False) -> _Page:
    """Ask the machine of *url* for a page of the site called *name*; follow nothing.

    Raises:
        OSError, HTTPException: If it does not answer, or nobody should trust it.
    """
    address = urlsplit(url)
    is_https = _is_https(url)
    port = address.port or (_HTTPS if is_https else 80)
    host = address.hostname or ""
    with closing(
        _opened(host, port, is_https=is_https, name=name.partition(":")[0], trusts=trusts)
    ) as link:
        ours = str(link.getsockname()[0])
        connection = http.client.HTTPConnection(host, port, timeout=PATIENCE)
        connection.sock = link
        connection.request("GET", path, headers={"Host": name, "Connection": "close"})
        response = connection.getresponse()
        body = response.read(_LONGEST).decode(errors="replace")
    return _Page(response.status, body, ours)


def _opened(
    host: str, port: int, *, is_https: bool, name: str = "", trusts: bool = False
) -> socket.socket:
    plain = socket.create_connection((host, port), timeout=PATIENCE)
    if not is_https:
        return plain
    context = ssl.create_default_context()
    if trusts:  # what is distrusted was told already, and nothing secret is sent
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        return context.wrap_socket(plain, server_hostname=name or host)
    except OSError:
        plain.close()
        raise


def _is_https(url: str) -> bool:
    return urlsplit(url).scheme == "https"


def _why(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(text).split())[:120]
