"""The network, as the application sees it."""

from flask import url_for
from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy.orm import Session

from app.context import Context
from app.integrations import mailer
from app.modules.intrarez import demo, jobs, queries, routes
from app.modules.intrarez.cli import dhcp, rooms
from app.modules.intrarez.effects import RefreshNetwork
from app.modules.intrarez.mails import RulesNotWritten
from app.modules.intrarez.queries import InternetCard
from app.modules.intrarez.routes import gate
from app.web import installation
from app.web.filters import format_instant
from app.web.module import Module, NavEntry, Ribbon


def _card(session: Session, visitor: Context) -> InternetCard | None:
    return _internet(session, visitor, full=False)


def _profile(session: Session, visitor: Context) -> InternetCard | None:
    return _internet(session, visitor, full=True)


def _internet(session: Session, visitor: Context, *, full: bool) -> InternetCard | None:
    if not visitor.is_rezident:
        return None
    here = visitor.device if visitor.own_device else None
    return queries.internet_card(
        session, visitor.me.id, here=here, plan=installation.plan(), full=full
    )


def _ribbon(session: Session, visitor: Context) -> Ribbon | None:
    if visitor.pceen is None:
        return None
    ban = queries.active_ban(session, visitor.pceen.id)
    if ban is None:
        return None
    if ban.ends_at is None:
        text = _("Votre accès à Internet est suspendu : %(reason)s.", reason=ban.reason)
    else:
        text = _(
            "Votre accès à Internet est suspendu jusqu'au %(when)s : %(reason)s.",
            when=format_instant(ban.ends_at),
            reason=ban.reason,
        )
    contact = url_for("home.contact", title=_("Mon accès est suspendu"))
    return Ribbon(kind="ban", text=text, label=_("Écrire aux GRI"), url=contact)


module = Module(
    name="intrarez",
    blueprints=(routes.bp,),
    nav=(
        NavEntry(
            label=_l("Internet"),
            endpoint="home.profile",
            anchor="internet",
            icon="wifi",
            rank=10,
            shown=lambda visitor: visitor.is_rezident,
        ),
    ),
    effects={RefreshNetwork: jobs.refresh, RulesNotWritten: mailer.send},
    jobs=(jobs.TICK, jobs.PURGE),
    cli=(rooms, dhcp),
    card=_card,
    profile=_profile,
    setup_gate=gate.lead,
    ribbon=_ribbon,
    demo=demo.load,
    demo_weight=demo.TENANTS + demo.FORMER + demo.DEVICES,
)
