"""How the site is, for the GRIs: what is wrong, and what to do about it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal, gettext as _, ngettext
from markupsafe import Markup

from app import context
from app.core import clock
from app.enums import TaskState
from app.extensions import db
from app.integrations import discord
from app.models import SiteSample
from app.modules.operations import around
from app.modules.operations.queries import health as queries, tasks
from app.modules.operations.routes.blueprint import bp
from app.modules.operations.rules.health import Facts
from app.modules.operations.service import health
from app.modules.operations.service.health import Health
from app.settings import Settings
from app.web import installation
from app.web.charts import Chart, Series, line_chart
from app.web.filters import format_day, format_relative

Tone: TypeAlias = Literal["success", "warning", "danger", "neutral"]

#: How many days the charts show.
_DAYS = 7
#: How close the end of the certificate worries, and how old what was seen of it.
_SOON, _OLD = timedelta(days=14), timedelta(days=3)
#: Federations write metadata for a few days, and again each day.
_SOON_FOR_METADATA = timedelta(days=2)
#: How long Lydia may leave a payment without a word.
_SILENT = timedelta(hours=1)
#: How old the last writing of the rules may be without a word about it.
_RULES_OLD = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Light:
    """One thing that the site needs: how it is, and what to do if it is not well."""

    label: str
    tone: Tone
    #: What is seen, whatever it is.
    seen: str
    #: What to do; empty when there is nothing to.
    todo: str = ""
    #: Where to look closer.
    url: str | None = None


@bp.get("/gris/status")
@context.gris_only
def status() -> ResponseReturnValue:
    """All that the site needs, what is wrong with it, and what to do."""
    session, now = db.session(), clock.now()
    found = health.look(session, around.installed())
    seen = _LIGHTS if found.facts is not None else (_database, _migrations, _disk, _logs)
    lights = [light(found) for light in seen]
    order = ("danger", "warning", "success", "neutral")
    return render_template(
        "operations/status.html",
        lights=sorted(lights, key=lambda light: order.index(light.tone)),
        wrong=sum(light.tone in ("danger", "warning") for light in lights),
        charts=_charts(queries.samples(session, since=now - timedelta(days=_DAYS)), now),
        pgadmin_url=installation.settings().monitoring.pgadmin_url,
    )


def _facts(found: Health) -> Facts:
    if found.facts is None:
        raise RuntimeError("a page without its database shows no lights")
    return found.facts


def _database(found: Health) -> Light:
    label, check = _("Base de données"), found["database"]
    seen = _("Elle répond en %(ms)s ms.", ms=format_decimal(check.detail["ms"]))
    if check.state == "ok":
        return Light(label, "success", seen)
    todo = _("Regardez la charge et le disque de la machine, puis les requêtes longues de la base.")
    return Light(label, "danger", seen, todo)


def _migrations(found: Health) -> Light:
    label = _("Tables de la base")
    if found["migrations"].state == "ok":
        return Light(label, "success", _("Elles sont celles que le code attend."))
    seen = _("Elles ne sont pas celles que le code attend.")
    return Light(label, "danger", seen, _("Lancez « flask db upgrade », puis relancez le site."))


def _worker(found: Health) -> Light:
    label, facts = _("Ouvrier"), _facts(found)
    if facts.beat_at is None:
        seen = _("Aucun n'a jamais donné signe de vie.")
    else:
        seen = _("Dernier signe de vie : %(when)s.", when=_when(facts.beat_at))
    if found["worker"].state == "ok":
        return Light(label, "success", seen)
    todo = _("Relancez-le : « supervisorctl restart pem-worker ». Sans lui, rien ne part.")
    return Light(label, "danger", seen, todo)


def _outbox(found: Health) -> Light:
    label, facts = _("Envois"), _facts(found)
    seen = ngettext("%(num)s attend.", "%(num)s attendent.", facts.waiting)
    if not facts.waiting:
        seen = _("Rien n'attend.")
    url = url_for("operations.outbox")
    if facts.oldest_due is not None and found["outbox"].state != "ok":
        seen += " " + _("Le plus vieux aurait dû partir %(when)s.", when=_when(facts.oldest_due))
        todo = _("Si l'ouvrier vit, ouvrez la liste : le dernier échec y est écrit.")
        return Light(label, "warning", seen, todo, url)
    if facts.parked:
        seen += " " + ngettext("%(num)s est abandonné.", "%(num)s sont abandonnés.", facts.parked)
        todo = _("Lisez pourquoi, réparez la cause, puis relancez-les ou annulez-les.")
        return Light(label, "warning", seen, todo, url)
    return Light(label, "success", seen, url=url)


def _mails(found: Health) -> Light:
    label, facts = _("Mails"), _facts(found)
    url = url_for(".mails")
    seen = _("Le dernier est parti %(when)s.", when=_when(facts.mail_sent_at))
    if facts.mail_sent_at is None:
        seen = _("Aucun n'est encore parti.")
    if _settings().mail.suppress_send:
        seen = _("Ce site n'envoie rien : MAIL_SUPPRESS_SEND le lui interdit.")
        return Light(label, "neutral", seen, url=url)
    if facts.mails_parked:
        seen += " " + ngettext(
            "%(num)s est abandonné.", "%(num)s sont abandonnés.", facts.mails_parked
        )
        todo = _("Vérifiez le serveur de mail (MAIL_SERVER), puis relancez-les depuis les envois.")
        return Light(label, "warning", seen, todo, url_for("operations.outbox"))
    return Light(label, "success", seen, url=url)


def _lydia(found: Health) -> Light:
    label, facts = _("Lydia"), _facts(found)
    if _settings().lydia.base_url is None:
        return Light(
            label, "neutral", _("Personne ne paie en ligne ici : LYDIA_BASE_URL est vide.")
        )
    if facts.lydia_at is None:
        seen = _("Elle n'a encore rien dit.")
    else:
        seen = _("Dernière réponse : %(when)s.", when=_when(facts.lydia_at))
    if facts.lydia_oldest is not None and _is_silent(facts):
        seen += " " + ngettext(
            "%(num)s paiement attend encore.",
            "%(num)s paiements attendent encore.",
            facts.lydia_waiting,
        )
        todo = _(
            "Regardez l'état de Lydia. Le site redemande seul ; « flask payments reconcile » force."
        )
        return Light(label, "warning", seen, todo, url_for("payments.payments"))
    if facts.unmatched:
        todo = _("De l'argent ne correspond à aucun paiement : trouvez à qui il est.")
        return Light(label, "warning", seen, todo, url_for("payments.events"))
    return Light(label, "success", seen)


def _is_silent(facts: Facts) -> bool:
    """Whether a payment waits for Lydia's word, which said nothing since."""
    oldest = facts.lydia_oldest
    if oldest is None or clock.now() - oldest < _SILENT:
        return False
    return facts.lydia_at is None or clock.now() - facts.lydia_at >= _SILENT


def _sso(_found: Health) -> Light:
    label, saml = _("Connexion de l'école"), around.service_provider()
    if saml is None:
        seen = _("Pas branchée : on se connecte avec le mot de passe du site.")
        return Light(label, "neutral", seen)
    known, todo = saml.last_provider, _("Lancez « flask saml check », puis « flask saml refresh ».")
    until = known.good_until if known else None
    if not saml.is_available:
        seen = _("Personne ne peut s'en servir : le fournisseur d'identité n'est pas connu.")
        if until is not None and until < clock.now():
            seen = _("Personne ne peut s'en servir depuis le %(day)s.", day=_day(until))
        return Light(label, "danger", seen, todo)
    seen = _("Utilisable jusqu'au %(day)s.", day=_day(until)) if until else ""
    is_close = until is not None and until - clock.now() < _SOON_FOR_METADATA
    return Light(label, "warning", seen, todo) if is_close else Light(label, "success", seen)


def _dhcp(found: Health) -> Light:
    label, facts = _("Règles du réseau"), _facts(found)
    if _settings().network.dhcp_hosts_file is None:
        seen = _("Ce site n'écrit pas de règles : DHCP_HOSTS_FILE est vide.")
        return Light(label, "neutral", seen)
    url = url_for("intrarez.network")
    if facts.dhcp_at is None:
        seen = _("Elles n'ont jamais été écrites.")
        return Light(label, "warning", seen, _("Écrivez-les depuis la page du réseau."), url)
    seen = _("Vérifiées %(when)s.", when=_when(facts.dhcp_at))
    if any(check.name == "dhcp" and check.state != "ok" for check in found.checks):
        seen = f"{seen} {facts.dhcp_error or ''}".strip()
        todo = _("Les anciennes restent en vigueur. Lisez la cause sur la page du réseau.")
        return Light(label, "danger", seen, todo, url)
    if clock.now() - facts.dhcp_at > _RULES_OLD:
        todo = _("Rien n'a changé depuis, ou l'ouvrier ne les vérifie plus : regardez s'il vit.")
        return Light(label, "warning", seen, todo, url)
    return Light(label, "success", seen, url=url)


def _disk(found: Health) -> Light:
    label, check = _("Disque"), found["disk"]
    free = check.detail["free_percent"]
    shares = [one for one in free.values() if one is not None] if isinstance(free, dict) else []
    seen = _("Il reste %(percent)s %% de libre.", percent=round(min(shares, default=0)))
    if check.state == "ok":
        return Light(label, "success", seen)
    todo = _(
        "Libérez de la place : vieux journaux, vieilles sauvegardes. Plein, plus rien ne s'écrit."
    )
    return Light(label, "danger", seen, todo)


def _logs(found: Health) -> Light:
    label, log_dir = _("Journaux"), _settings().log_dir
    if log_dir is None:
        seen = _("Ils vont sur la sortie d'erreur : LOG_DIR est vide.")
        return Light(label, "neutral", seen)
    if found["logs"].state == "ok":
        return Light(label, "success", _("Ils s'écrivent."))
    todo = _("Rendez le dossier LOG_DIR à l'utilisateur du site, puis relancez-le.")
    return Light(label, "warning", _("Le dossier ne s'écrit pas."), todo)


def _jobs(found: Health) -> Light:
    label, late = _("Travaux réguliers"), found["jobs"].detail["late"]
    url = url_for("operations.jobs")
    if not isinstance(late, list) or not late:
        return Light(label, "success", _("Tous à l'heure."), url=url)
    seen = ngettext(
        "%(num)s est en retard : %(names)s.",
        "%(num)s sont en retard : %(names)s.",
        len(late),
        names=", ".join(late),
    )
    todo = _("Voyez comment le dernier essai s'est fini, et lancez-le à la main.")
    return Light(label, "warning", seen, todo, url)


def _clock(found: Health) -> Light:
    label = _("Horloge")
    if found["clock"].state == "ok":
        return Light(label, "success", _("Elle avance."))
    seen = _("Elle est en retard sur la dernière action écrite.")
    return Light(
        label, "danger", seen, _("Remettez la machine à l'heure : « timedatectl status ».")
    )


def _certificate(_found: Health) -> Light:
    label = _("Certificat")
    if not around.has_certificate():
        return Light(
            label, "neutral", _("Sans objet sur cette machine : le site n'est pas en https.")
        )
    seen = around.seen_certificate()
    if seen is None:
        return Light(label, "neutral", _("Pas encore regardé : l'ouvrier le fait chaque matin."))
    if seen.expires_at is None:
        told = _(
            "Vu %(when)s : les navigateurs le refusent (%(why)s).",
            when=_when(seen.at),
            why=seen.error,
        )
        return Light(label, "danger", told, _("Renouvelez-le, puis rechargez nginx."))
    told = _(
        "Valable jusqu'au %(day)s, vu %(when)s.", day=_day(seen.expires_at), when=_when(seen.at)
    )
    if seen.expires_at - clock.now() < _SOON:
        return Light(label, "warning", told, _("Renouvelez-le, puis rechargez nginx."))
    if clock.now() - seen.at > _OLD:
        return Light(label, "warning", told, _("L'ouvrier ne le regarde plus : voyez s'il vit."))
    return Light(label, "success", told)


def _chat(found: Health) -> Light:
    label, settings = _("Discord"), _settings()
    names: dict[discord.Channel, str] = {
        "error": _("erreurs"),
        "logging": _("actions"),
        "message": _("messages"),
        "mail": _("mails"),
    }
    off = [name for channel, name in names.items() if not discord.is_on(settings, channel)]
    if len(off) == len(names):
        return Light(label, "neutral", _("Aucun salon n'est branché."))
    seen = _("Tous les salons sont branchés.")
    if off:
        seen = _("Salons non branchés : %(names)s.", names=", ".join(off))
    parked = _facts(found).chat_parked
    if parked:
        seen += " " + ngettext(
            "%(num)s message est refusé.", "%(num)s messages sont refusés.", parked
        )
        todo = _("Un salon ou son webhook a disparu : refaites-le, puis relancez les messages.")
        return Light(label, "warning", seen, todo, url_for("operations.outbox"))
    return Light(label, "success", seen)


def _backups(found: Health) -> Light:
    label, facts = _("Sauvegardes"), _facts(found)
    if not _settings().backup.is_set:
        seen = _("Le site ne sait rien d'une sauvegarde : aucune n'est branchée.")
        todo = _("Choisissez où elles vont (BACKUP_REPOSITORY), ailleurs que sur cette machine.")
        return Light(label, "warning", seen, todo)
    url = url_for("operations.task_runs", task=queries.BACKUP)
    todo = _("Lisez pourquoi, réparez la cause, puis lancez « Sauvegarder le site ».")
    if facts.backup_at is None:
        return Light(label, "danger", _("Aucune n'a encore été faite."), todo, url)
    last = tasks.last_ended(db.session(), queries.BACKUP, TaskState.done)
    seen = _("Faite %(when)s.", when=_when(facts.backup_at))
    seen = f"{seen} {last.message or ''}".strip() if last else seen
    if facts.backup_verdict is TaskState.failed:
        url = url_for("operations.task_runs", task=queries.VERIFICATION)
        seen = f"{seen} {_('Relue, elle est abîmée ou incomplète.')}"
        todo = _("Lisez pourquoi. Gardez le dépôt tel qu'il est, et refaites-en un à côté.")
        return Light(label, "danger", seen, todo, url)
    is_right = found["backup"].state == "ok"
    return Light(label, "success" if is_right else "danger", seen, "" if is_right else todo, url)


_LIGHTS: tuple[Callable[[Health], Light], ...] = (
    _database,
    _migrations,
    _worker,
    _outbox,
    _mails,
    _lydia,
    _sso,
    _dhcp,
    _disk,
    _logs,
    _certificate,
    _backups,
    _jobs,
    _clock,
    _chat,
)


def _settings() -> Settings:
    return installation.settings()


def _when(at: datetime | None) -> str:
    """How long ago, without its mark-up: it stands in a sentence."""
    shown = format_relative(at, exact=False)
    return shown.striptags() if isinstance(shown, Markup) else shown


def _day(at: datetime) -> str:
    return str(format_day(clock.day_of(at)))


def _charts(samples: Sequence[SiteSample], now: datetime) -> list[tuple[str, Chart, str]]:
    """Requests and errors of each hour, and how late effects were."""
    start = now - timedelta(days=_DAYS)
    answered = _hourly(samples, now, lambda one: one.requests)
    errors = _hourly(samples, now, lambda one: one.errors)
    late = tuple((one.at, round(one.oldest_seconds / 60)) for one in samples)
    waiting = tuple((one.at, one.waiting) for one in samples)
    return [
        (
            _("Demandes, heure par heure"),
            line_chart([Series(_("Demandes"), answered)], start=start, end=now),
            _("par heure"),
        ),
        (
            _("Erreurs, heure par heure"),
            line_chart([Series(_("Erreurs"), errors)], start=start, end=now),
            _("par heure"),
        ),
        (
            _("Retard des envois"),
            line_chart([Series(_("Le plus vieux"), late)], start=start, end=now),
            _("minutes"),
        ),
        (
            _("Envois en attente"),
            line_chart([Series(_("En attente"), waiting)], start=start, end=now),
            _("envois"),
        ),
    ]


def _hourly(
    samples: Sequence[SiteSample], now: datetime, count: Callable[[SiteSample], int]
) -> tuple[tuple[datetime, int], ...]:
    """What was counted in each hour that is over, by its beginning."""
    hours: dict[datetime, int] = {}
    for one in samples:
        hour = one.at.replace(minute=0, second=0, microsecond=0)
        if now - timedelta(days=_DAYS) <= hour <= now - timedelta(hours=1):
            hours[hour] = hours.get(hour, 0) + count(one)
    return tuple(sorted(hours.items()))
