"""The network, as the application sees it."""

from flask import g, request, url_for
from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy.orm import Session

from app.context import Context
from app.enums import BanKind, PaymentType
from app.integrations import mailer
from app.models import Delivery, PCeen
from app.models.personal import Keeper
from app.modules.intrarez import choices, cli, jobs, queries, routes, tasks
from app.modules.intrarez.effects import ForceNetwork, RefreshNetwork
from app.modules.intrarez.mails import MAILS
from app.modules.intrarez.queries import InternetCard
from app.modules.intrarez.routes import gate, paying, people
from app.modules.intrarez.service import lives, offers, rooms, subscriptions
from app.modules.payments import queries as payments
from app.web import installation
from app.web.filters import format_instant
from app.web.module import Module, NavEntry, Ribbon, Tool, ToolGroup


def _card(session: Session, visitor: Context) -> InternetCard | None:
    return _internet(session, visitor, full=False)


def _profile(session: Session, visitor: Context) -> InternetCard | None:
    return _internet(session, visitor, full=True)


def _internet(session: Session, visitor: Context, *, full: bool) -> InternetCard | None:
    if not visitor.is_rezident:
        return None
    here = visitor.device if visitor.own_device else None
    card = queries.internet_card(
        session, visitor.me.id, here=here, plan=installation.plan(), full=full
    )
    g.own_ban = card.ban  # the ribbon tells of it too
    return card


def _ribbon(session: Session, visitor: Context) -> Ribbon | None:
    if visitor.pceen is None:
        return None
    ban = g.own_ban if "own_ban" in g else queries.active_ban(session, visitor.pceen.id)
    if ban is None:
        return None
    if ban.kind is BanKind.unpaid:
        return _unpaid()
    if ban.ends_at is None:
        text = _("Votre accès à Internet est suspendu : %(reason)s.", reason=ban.reason)
    else:
        text = _(
            "Votre accès à Internet est suspendu jusqu'au %(when)s : %(reason)s.",
            when=format_instant(ban.ends_at),
            reason=ban.reason,
        )
    if request.endpoint == "intrarez.banned":
        return Ribbon(kind="ban", text=text)
    return Ribbon(kind="ban", text=text, label=_("Pourquoi ?"), url=url_for("intrarez.banned"))


def _unpaid() -> Ribbon:
    """What is said to who has not paid; on the way to pay, without a button."""
    text = _("Votre accès à Internet est suspendu : il faut payer pour le retrouver.")
    if request.blueprint in ("intrarez", "payments") and request.path.startswith("/payments"):
        return Ribbon(kind="ban", text=text)
    return Ribbon(kind="ban", text=text, label=_("Payer"), url=url_for("intrarez.choose"))


def _complete_merge(session: Session, kept: PCeen) -> None:
    lives.complete_merge(session, kept, plan=installation.plan())


def _seed(session: Session) -> list[str]:
    """Make the rooms and the offers that are missing."""
    made = rooms.seed(session, plan=installation.plan())
    return [*map(str, made), *offers.seed(session)]


module = Module(
    name="intrarez",
    choices=(
        choices.DEVICE_LIMIT,
        choices.IP_KEEP_DAYS,
        choices.DHCP_MAX_DROP_PERCENT,
        choices.TAKE_OVER_MIN_AGE_DAYS,
        choices.TAKE_OVER_MAX,
        choices.TAKE_OVER_WINDOW_DAYS,
        choices.RENEW_REMINDER_DAYS,
    ),
    blueprints=(routes.bp,),
    nav=(
        NavEntry(
            label=_l("Internet"),
            endpoint="home.profile",
            anchor="internet",
            icon="wifi",
            rank=10,
            at_hand=True,
            shown=lambda visitor: visitor.is_rezident,
        ),
    ),
    effects={
        RefreshNetwork: jobs.refresh,
        ForceNetwork: jobs.force,
        **dict.fromkeys(MAILS, mailer.send),
    },
    deliveries={
        PaymentType.internet: Delivery(
            deliver=subscriptions.grant,
            take_back=subscriptions.take_back,
            describe=paying.describe,
        )
    },
    jobs=(jobs.TICK, jobs.SUBSCRIPTIONS, jobs.SAMPLE, jobs.PURGE_ADDRESSES, jobs.PURGE),
    tools=(
        Tool(
            group=ToolGroup.people,
            label=_l("Chambres à départager"),
            endpoint="intrarez.room_claims",
            icon="house-exclamation-fill",
            purpose=_l("Donner une chambre que deux personnes demandent."),
            count=queries.count_claims,
        ),
        Tool(
            group=ToolGroup.money,
            label=_l("Offres"),
            endpoint="intrarez.offers_page",
            icon="tags-fill",
            purpose=_l("Changer ce qui est à vendre, et combien de temps cela dure."),
        ),
        Tool(
            group=ToolGroup.money,
            label=_l("Relevés bancaires"),
            endpoint="intrarez.statement",
            icon="bank",
            purpose=_l("Importer un relevé, et retrouver à qui sont les virements."),
            count=payments.count_waiting_lines,
        ),
        Tool(
            group=ToolGroup.network,
            label=_l("Réseau"),
            endpoint="intrarez.network",
            icon="hdd-network-fill",
            purpose=_l("Voir ce que la passerelle sait, et ce qu'elle a refusé."),
        ),
        Tool(
            group=ToolGroup.network,
            label=_l("Surveillance"),
            endpoint="intrarez.monitor",
            icon="activity",
            purpose=_l("Voir qui est connecté, depuis quelle chambre, et les courbes."),
        ),
        Tool(
            group=ToolGroup.network,
            label=_l("Darkstat"),
            endpoint="intrarez.darkstat",
            icon="bar-chart-fill",
            purpose=_l("Le trafic, machine par machine."),
        ),
        Tool(
            group=ToolGroup.network,
            label=_l("Bandwidthd"),
            endpoint="intrarez.bandwidthd",
            icon="graph-up",
            purpose=_l("Le débit, jour par jour."),
        ),
    ),
    tasks=tasks.TASKS,
    cli=cli.GROUPS,
    checks={"dhcp": queries.are_rules_right},
    person=people.part,
    card=_card,
    profile=_profile,
    setup_gate=gate.lead,
    keeper=Keeper(
        obstacles=lives.obstacles,
        conflicts=lives.conflicts,
        before_merge=lives.prepare_merge,
        after_merge=_complete_merge,
        forget=lives.forget,
    ),
    ribbon=_ribbon,
    seed=_seed,
    has_demo=True,
)
