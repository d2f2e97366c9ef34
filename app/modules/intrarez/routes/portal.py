"""The captive portal: where a client without Internet is sent, and what programs are told."""

from datetime import date

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import context
from app.core import clock
from app.enums import BanKind
from app.extensions import db
from app.models import Ban
from app.modules.intrarez import queries
from app.modules.intrarez.routes import gate, here
from app.modules.intrarez.routes.blueprint import bp
from app.modules.intrarez.rules.bans import time_left
from app.modules.intrarez.rules.portal import Client, Way, way
from app.modules.intrarez.rules.setup import next_step
from app.modules.intrarez.service.diagnosis import Look
from app.web.urls import absolute_url

_CAPTIVE = "application/captive+json"


@bp.get("/portal")
@context.public
def portal() -> ResponseReturnValue:
    """Look at the client, and lead it to what it lacks."""
    answer = way(_client())
    if answer is Way.next_step:
        return _to_next_step()
    page = {
        Way.home: lambda: url_for("home.index"),
        Way.no_address: lambda: url_for("intrarez.device_error", reason="ip"),
        Way.transfer: lambda: url_for(
            "intrarez.transfer", hello=1, next=url_for("intrarez.portal")
        ),
        Way.banned: lambda: url_for("intrarez.banned"),
        Way.unpaid: lambda: url_for("intrarez.unpaid"),
        Way.pay: lambda: url_for("intrarez.subscription"),
        Way.room: lambda: url_for("intrarez.take_room", hello=1),
        Way.connect: lambda: url_for("intrarez.connect_check"),
    }.get(answer)
    if page is not None:
        return redirect(page(), 302)
    return render_template("intrarez/portal.html", way=answer.name)


def _client() -> Client:
    """What the portal looks at of the client."""
    current = context.current
    here_ = Client(
        has_address=current.remote_ip is not None,
        in_residence=current.in_residence,
        has_mac=current.is_internal,
        is_logged_in=current.is_logged_in,
    )
    if current.device is None:
        return here_
    facts = here.look().facts
    return Client(
        has_mac=current.is_internal,
        is_logged_in=current.is_logged_in,
        owner=gate.owner(),
        is_banned=facts.is_banned,
        is_unpaid=facts.is_unpaid,
        has_room=facts.has_room,
        is_enabled=facts.is_enabled,
    )


def _to_next_step() -> ResponseReturnValue:
    """Where who is logged in, with a device that nobody knows, has something to do."""
    step = next_step(gate.situation())
    if step is None or not gate.has_page(step):
        return render_template("intrarez/portal.html", way="forbidden")
    return redirect(gate.page_of(step, then=None), 302)


def _own_ban(kind: BanKind) -> Ban | None:
    """The ban of that kind that weighs on the visitor, or on the owner of their device."""
    current = context.current
    owners = [person.id for person in (current.pceen,) if person is not None]
    if current.device is not None:
        owners.append(current.device.pceen_id)
    for owner in owners:
        for ban in queries.active_bans(db.session(), owner):
            if ban.kind is kind:
                return ban
    return None


@bp.get("/banned")
@context.public
def banned() -> ResponseReturnValue:
    """The ban of who asks, or of the owner of their device: why, and until when."""
    ban = _own_ban(BanKind.disciplinary)
    if ban is None:
        return redirect(url_for("home.index"), 302)
    is_me = context.current.pceen is not None and context.current.pceen.id == ban.pceen_id
    return render_template(
        "intrarez/banned.html",
        ban=ban,
        name=ban.pceen.prenom if is_me else None,
        left=time_left(ban.ends_at, clock.now()),
    )


@bp.get("/unpaid")
@context.public
def unpaid() -> ResponseReturnValue:
    """The free month of who asks, or of the owner of their device, is over."""
    ban = _own_ban(BanKind.unpaid)
    if ban is None:
        return redirect(url_for("home.index"), 302)
    return render_template("intrarez/unpaid.html", ban=ban)


@bp.get("/api/captive-portal")
@context.public
def captive_portal() -> ResponseReturnValue:
    """Whether the client that asks is captive, as RFC 8908 says it."""
    if not any(kind == _CAPTIVE and quality for kind, quality in request.accept_mimetypes):
        answer = make_response(redirect(url_for("intrarez.portal"), 303))
    else:
        answer = make_response(_said())
        answer.content_type = _CAPTIVE
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Vary"] = "Accept"
    return answer


def _said() -> dict[str, object]:
    """The members of the answer: about the client alone."""
    current = context.current
    if current.knows_nobody:
        return {"captive": True, "user-portal-url": absolute_url("intrarez.portal")}
    if current.remote_ip is not None and not current.in_residence:
        return {"captive": False}
    look = here.look(whoever=True)
    if not look.is_admitted:
        return _captive(look)
    said: dict[str, object] = {
        "captive": False,
        "can-extend-session": True,
        "venue-info-url": absolute_url("home.index"),
    }
    if (day := _last_moment(look)) is not None:
        left = clock.day_start(day) - clock.now()
        said["seconds-remaining"] = max(0, int(left.total_seconds()))
    return said


def _last_moment(look: Look) -> date | None:
    """The first day without Internet, as things stand: the rental's end, or the cut day."""
    if look.rental is None:
        return None
    standing = queries.standing(db.session(), look.rental.pceen_id)
    cut_day = standing.period.cut_day if standing.period else None
    days = [day for day in (look.rental.ends_on, cut_day) if day is not None]
    return min(days, default=None)


def _captive(look: Look) -> dict[str, object]:
    said: dict[str, object] = {
        "captive": True,
        "user-portal-url": absolute_url("intrarez.portal"),
    }
    if look.facts.is_unpaid and not look.facts.is_banned:
        said["can-extend-session"] = True
    return said
