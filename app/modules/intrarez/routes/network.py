"""The network, for the GRIs: what the gateway was told, who is there, what does not fit."""

import difflib
from dataclasses import dataclass
from datetime import timedelta

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l

from app import context
from app.core import clock
from app.core.pagination import Page
from app.core.transaction import transaction
from app.enums import SubState
from app.extensions import db
from app.integrations.gateway import DHCP_STATUS, NFT_STATUS, HelperStatus
from app.integrations.leases import Lease
from app.modules.account.forms import ButtonForm
from app.modules.intrarez import around, queries
from app.modules.intrarez.queries import Known
from app.modules.intrarez.routes.blueprint import bp
from app.modules.intrarez.rules.ranges import Range, range_of
from app.modules.intrarez.rules.subscriptions import CUT_COUNTS, counts
from app.modules.intrarez.service import dhcp, monitoring
from app.modules.payments import queries as payments
from app.web import installation
from app.web.asked import asked_page
from app.web.charts import BarChart, Chart, Part, Series, bar_chart, line_chart
from app.web.headers import POLICY

#: Leases on one page of the list.
PAGE_SIZE = 50
#: How many weeks the subscriptions are drawn for.
_WEEKS = 53
#: How many lines of a difference a page shows.
_LINES = 400

RANGES = {
    Range.pool: _l("Inconnus"),
    Range.rooms: _l("Chambres"),
    Range.bans: _l("Suspendus"),
    Range.other: _l("Autres"),
}


@bp.get("/gris/network")
@context.gris_only
def network() -> ResponseReturnValue:
    """What the gateway was told, and whether it obeyed."""
    session, gateway = db.session(), installation.gateway()
    rooms, banned = queries.used_addresses(session)
    return render_template(
        "intrarez/network.html",
        runs=queries.runs(session),
        difference=_difference(),
        statuses=_statuses(gateway.status(DHCP_STATUS), gateway.status(NFT_STATUS)),
        rooms=rooms,
        banned=banned,
        oddities=_sight().oddities(),
        form=ButtonForm(),
    )


def _statuses(*found: HelperStatus | None) -> list[tuple[str, HelperStatus | None]]:
    return list(zip((_("Serveur DHCP"), _("Pare-feu")), found, strict=True))


def _difference() -> list[str] | None:
    """How the wanted rules differ from those that are served; ``None`` if none are written."""
    place = around.target()
    if place is None:
        return None
    now = dhcp.wanted(db.session(), target=place)
    files = [(place.path, now.text)]
    if place.nft_path is not None:
        files.append((place.nft_path, now.admitted))
    lines: list[str] = []
    for path, text in files:
        try:
            served = dhcp.served(path) or ""
        except OSError as error:
            return [str(error)]
        lines += difflib.unified_diff(
            served.splitlines(), text.splitlines(), "served", "wanted", lineterm="", n=1
        )
    return lines[:_LINES]


@bp.post("/gris/network/generate")
@context.gris_only
def generate_network() -> ResponseReturnValue:
    """Write the rules now; ``force`` writes them even if many devices disappear."""
    if around.target() is None:
        flash(_("Ce site n'écrit pas de règles : DHCP_HOSTS_FILE est vide."), "warning")
        return redirect(url_for("intrarez.network"), 303)
    with transaction(db.session()) as session:
        dhcp.ask(session, force=request.form.get("force") == "1")
    flash(_("C'est demandé : le résultat est ici dans quelques secondes."), "info")
    return redirect(url_for("intrarez.network"), 303)


def _sight() -> monitoring.Sight:
    return monitoring.look(
        db.session(),
        plan=installation.plan(),
        neighbours=installation.neighbours(),
        leases=around.leases(),
    )


@dataclass(frozen=True, slots=True)
class LeaseLine:
    """An address that the DHCP server gave, and to whom."""

    lease: Lease
    range: Range
    known: Known | None


@bp.get("/gris/monitoring")
@context.gris_only
def monitor() -> ResponseReturnValue:
    """Who is there, which addresses were given, and how it went lately."""
    sight = _sight()
    wanted, text = request.args.get("range", ""), request.args.get("q", "").strip().lower()[:64]
    return render_template(
        "intrarez/monitoring.html",
        presences=sight.presences(),
        leases=_leases(sight, wanted=wanted, text=text),
        is_readable=sight.leases is not None,
        counts=sight.counts(),
        ranges=RANGES,
        tabs=_tabs(wanted, text),
        text=text,
        charts=_charts(),
        subscriptions=_subscriptions(),
        received=_received(),
    )


def _tabs(wanted: str, text: str) -> list[tuple[str, str, bool]]:
    """The filters of the leases."""
    choices = [("", _("Toutes")), *((one.value, str(label)) for one, label in RANGES.items())]
    return [
        (
            label,
            url_for("intrarez.monitor", range=key or None, q=text or None, _anchor="leases"),
            key == wanted,
        )
        for key, label in choices
    ]


def _leases(sight: monitoring.Sight, *, wanted: str, text: str) -> Page[LeaseLine]:
    """One page of the leases of a range, of whom *text* names."""
    lines = [
        LeaseLine(lease, range_of(lease.address, sight.plan), sight.known.get(lease.mac))
        for lease in sight.leases or ()
    ]
    kept = [line for line in lines if _is_asked(line, wanted, text)]
    last = max(1, -(-len(kept) // PAGE_SIZE))
    page = asked_page()
    page = min(max(1, page), last)
    return Page(kept[(page - 1) * PAGE_SIZE : page * PAGE_SIZE], page, PAGE_SIZE, len(kept))


def _is_asked(line: LeaseLine, wanted: str, text: str) -> bool:
    name = line.known.full_name.lower() if line.known else ""
    is_named = not text or text in name or text in line.lease.mac or text in line.lease.address
    return is_named and wanted in ("", line.range.value)


def _charts() -> list[tuple[str, Chart]]:
    """Devices over a day and a month, and leases by range."""
    now = clock.now()
    day, month = now - timedelta(days=1), now - timedelta(days=30)
    samples = queries.samples(db.session(), since=month)
    online = Series(_("Appareils"), tuple((one.at, one.online) for one in samples))
    recent = Series(online.label, tuple(point for point in online.points if point[0] >= day))
    leases = [
        Series(
            str(RANGES[part]),
            tuple((one.at, count) for one in samples if (count := getattr(one, part)) is not None),
        )
        for part in (Range.rooms, Range.pool, Range.bans)
    ]
    return [
        (_("Appareils en ligne, 24 heures"), line_chart([recent], start=day, end=now)),
        (_("Appareils en ligne, 30 jours"), line_chart([online], start=month, end=now)),
        (_("Adresses données, 30 jours"), line_chart(leases, start=month, end=now)),
    ]


def _subscriptions() -> Chart:
    """How many people stood where with Internet, week by week for a year."""
    today = clock.today()
    days = [today - timedelta(weeks=weeks) for weeks in reversed(range(_WEEKS))]
    oldest = days[0] - CUT_COUNTS - timedelta(days=40)  # a free month, and who was cut after it
    found = counts(queries.periods_since(db.session(), oldest), days)
    labels = {
        SubState.subscribed: _("Abonnés"),
        SubState.trial: _("Mois offert"),
        SubState.outlaw: _("Coupés depuis moins de trois mois"),
    }
    series = [
        Series(
            labels[one],
            tuple((clock.day_start(day), many) for day, many in zip(days, line, strict=True)),
        )
        for one, line in found.items()
        if any(line)
    ]
    return line_chart(series, start=clock.day_start(days[0]), end=clock.day_start(days[-1]))


def _received() -> BarChart:
    """What people paid for a year, month by month, by each method."""
    today = clock.today()
    start = today.replace(day=1, year=today.year - 1)
    found = payments.methods_by_month(db.session(), since=start)
    parts = [Part(str(method.label).capitalize(), months) for method, months in found.items()]
    return bar_chart(parts, start=start, end=today)


@bp.get("/gris/monitoring_ds")
@context.gris_only
def darkstat() -> ResponseReturnValue:
    """Darkstat, in a frame."""
    return _framed("Darkstat", "/_darkstat/")


@bp.get("/gris/monitoring_bw")
@context.gris_only
def bandwidthd() -> ResponseReturnValue:
    """Bandwidthd, in a frame."""
    return _framed("Bandwidthd", "/_bandwidthd/")


def _framed(title: str, source: str) -> ResponseReturnValue:
    """A page of the web server's, in a frame: the only one that our policy lets in."""
    page = make_response(render_template("intrarez/framed.html", title=title, source=source))
    page.headers["Content-Security-Policy"] = f"{POLICY}; frame-src 'self'"
    return page


@bp.get("/gris/monitoring/auth")
@context.public
def monitoring_auth() -> ResponseReturnValue:
    """Whether the visitor may open what the web server keeps for the GRIs: it asks by itself."""
    status = 403 if context.current.is_logged_in else 401
    return Response(status=204 if context.current.is_gri else status, mimetype="text/plain")
