"""What is right and wrong around the site: its worker, mail, chat, gateway, web server."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from app.modules.operations.rules.doctor.verdicts import State, Verdict, off, ok, warning, wrong

#: What to do of each check of the site's health.
REMEDIES = {
    "disk": "make room: df -h",
    "logs": "LOG_DIR: install -d -o pem -g pem -m 0750 …",
    "worker": "start pem-worker, or read why it stops: /var/log/pem/worker.log",
    "outbox": "flask outbox list; then flask outbox retry ID",
    "jobs": "flask jobs list; then flask jobs run NAME",
    "backup": "flask backup create; then flask backup verify",
    "journal-clock": "timedatectl status: the clock is behind what was done last",
    "dhcp": "flask dhcp check; then flask dhcp generate",
}
_ANY = "see /gris/status"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service of another machine, as the settings know it."""

    name: str
    #: Where it is; empty: this installation does without.
    where: str
    #: What turns it on.
    variable: str
    #: Whether it was asked something, and why it did not answer well.
    is_asked: bool = False
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The site as a browser finds it."""

    url: str
    #: Why nobody answered.
    error: str | None = None
    #: Why browsers do not trust its certificate.
    distrust: str | None = None
    #: The version that its pages say; ``None`` if they say none.
    version: str | None = None
    wanted: str = ""
    #: Whether the site takes a visitor for this very machine: the proxy does not say who asks.
    #: ``None`` if that cannot be told.
    takes_for_local: bool | None = False
    #: What the web server made of a link of ours to a file that is not there.
    link: Literal["opened", "refused", "unknown"] = "unknown"


def health(states: Mapping[str, str], details: Mapping[str, str]) -> Iterator[Verdict]:
    """Of what the site itself looks at: the state of each of its checks."""
    for name, state in states.items():
        said = details.get(name) or state
        if state == "ok":
            yield ok(name, "as it should be")
        elif state == "failing":
            yield wrong(name, said, REMEDIES.get(name, _ANY))
        else:
            yield warning(name, said, REMEDIES.get(name, _ANY))


def parked(count: int) -> Verdict:
    """Of the effects that were given up."""
    if count:
        said = f"{count} given up"
        return warning("parked", said, "flask outbox list --state parked; flask outbox retry …")
    return ok("parked", "nothing was given up")


def services(found: Sequence[Service]) -> Iterator[Verdict]:
    """Of the services of other machines; those that this installation does without are said."""
    for one in found:
        if not one.where:
            yield off(one.name, f"none: {one.variable} is not set")
        elif one.error is not None:
            yield warning(one.name, f"{one.where}: {one.error}", f"{one.variable}, or the network")
        else:
            yield ok(one.name, one.where if one.is_asked else f"{one.where}, not asked (--network)")


def mail(server: Service, *, is_suppressed: bool, is_production: bool) -> Verdict:
    """Of the mail server."""
    if is_suppressed:
        state: State = "warning" if is_production else "off"
        return Verdict("mail", state, "none is sent, they go to the log", "MAIL_SUPPRESS_SEND=")
    (verdict,) = services([server])
    return verdict


def school(*, is_configured: bool, is_known: bool) -> Verdict:
    """Of the log-in with the school."""
    if not is_configured:
        return off("saml", "none: SAML_IDP_METADATA_URL is not set")
    if not is_known:
        said = "nobody knows the identity provider: its metadata are missing, or too old"
        return warning("saml", said, "flask saml refresh; then flask saml check")
    return ok("saml", "the identity provider is known")


def push(error: str | None, *, is_on: bool) -> Verdict:
    """Of the keys that devices are reached with."""
    if not is_on:
        return off("push", "no device rings: VAPID_PUBLIC_KEY is not set")
    if error is not None:
        return warning("push", error, "flask notifications keys --write PATH; then both variables")
    return ok("push", "the two keys are a pair")


def site(found: Site) -> Iterator[Verdict]:
    """Of the site as a browser finds it, through its web server."""
    if found.error is not None:
        remedy = "nginx -t; systemctl status nginx; SERVER_NAME"
        yield wrong("site", f"{found.url}: {found.error}", remedy)
        return
    if found.distrust is not None:
        yield warning("certificate", found.distrust, "certbot renew; nginx -s reload")
    if found.version is None:
        yield wrong("site", f"{found.url} is not the site", "SERVER_NAME, or nginx.conf")
        return
    if found.version != found.wanted:
        said = f"{found.url} serves {found.version}, and this is {found.wanted}"
        yield warning("site", said, "reload pem-web: kill -HUP its master")
    else:
        yield ok("site", f"{found.url}, {found.version}")
    if found.takes_for_local is None:
        yield off("visitor", "TRUSTED_NETWORKS has this machine: who asks cannot be told")
    elif found.takes_for_local:
        remedy = "include proxy-headers.conf in each location that proxies"
        yield wrong("visitor", "the web server does not say who asks (X-Real-IP)", remedy)
    else:
        yield ok("visitor", "the web server says who asks")
    yield _link(found)


def _link(found: Site) -> Verdict:
    if found.link == "opened":
        return ok("links", "the web server opens the links that the site signs")
    if found.link == "refused":
        said = "the web server refuses a link of ours"
        remedy = "PHOTOS_SECRET_KEY and photos-secret.conf; or another proxy hides the address"
        return warning("links", said, remedy)
    return off("links", "the web server's answer to a link says nothing")


def gateway(writes: str | None, statuses: Mapping[str, str | None]) -> Iterator[Verdict]:
    """Of the rules of the network, and of what root's helpers said of them last.

    *writes* is where they go; of each helper, its fault, empty if it went well, ``None`` if it
    never spoke.
    """
    if writes is None:
        yield off("gateway", "none: DHCP_HOSTS_FILE is not set")
        return
    for name, fault in statuses.items():
        if fault is None:
            remedy = "systemctl status pem-dhcp.path pem-nft.path; docs/gateway.md"
            yield warning(name, "root's helper said nothing yet", remedy)
        elif fault:
            yield warning(name, fault, f"journalctl -u {name.removesuffix('.status')}*")
        else:
            yield ok(name, "in force")
    if not statuses:
        yield off("gateway", f"{writes}; GATEWAY_STATE_DIR is not set: what is in force is unknown")
