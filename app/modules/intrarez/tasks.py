"""What a GRI may have done of the network, and of who pays for it."""

import difflib
from datetime import timedelta

from flask_babel import gettext as _, lazy_gettext as _l, ngettext
from sqlalchemy.orm import Session

from app.core.tasks import Danger, Kind, Parameter, Progress, Task, TaskFailed, Values
from app.core.transaction import transaction
from app.enums import DhcpResult
from app.integrations.gateway import DHCP_STATUS
from app.modules.intrarez import around, queries
from app.modules.intrarez.rules.offers import SEEDED
from app.modules.intrarez.service import (
    addresses,
    bans,
    clockwork,
    dhcp,
    offers,
    retention,
    rooms,
    subscriptions,
)
from app.modules.intrarez.service.dhcp import Target
from app.modules.intrarez.service.subscriptions import Day, Done
from app.web import installation


def _print(line: str) -> None:
    print(line)  # noqa: T201  # the output of the task


# The rules of the gateway


def _target() -> Target:
    place = around.target()
    if place is None:
        raise TaskFailed(_("Cette installation n'écrit pas de règles DHCP."))
    return place


def _generate(session: Session, values: Values, _progress: Progress) -> object:
    run = dhcp.publish(session, target=_target(), force=bool(values["force"]))
    if run.result in (DhcpResult.refused, DhcpResult.failed):
        raise TaskFailed(run.error or run.result)
    return ngettext(
        "%(num)s appareil dans les règles.", "%(num)s appareils dans les règles.", run.hosts
    )


def _diff(session: Session, _values: Values, _progress: Progress) -> object:
    target = _target()
    served, wanted = dhcp.served(target.path) or "", dhcp.wanted(session, target=target).text
    lines = list(difflib.unified_diff(served.splitlines(), wanted.splitlines(), lineterm=""))
    for line in lines:
        _print(line)
    if not lines:
        return _("Le fichier est à jour.")
    return _("Le fichier changerait : voyez ce qui est affiché.")


def _tick(session: Session, _values: Values, _progress: Progress) -> None:
    clockwork.tick(
        session,
        plan=installation.plan(),
        target=around.target(),
        status=installation.gateway().status(DHCP_STATUS),
    )


def _settle_bans(session: Session, _values: Values, _progress: Progress) -> object:
    with transaction(session):
        count = bans.settle(session, plan=installation.plan())
    return ngettext("%(num)s suspension finie.", "%(num)s suspensions finies.", count)


def _purge_addresses(session: Session, _values: Values, _progress: Progress) -> None:
    with transaction(session):
        addresses.purge(session)


def _release_addresses(session: Session, values: Values, _progress: Progress) -> object:
    with transaction(session):
        count = addresses.release_room(session, room=queries.room(session, values["room"]))
    return ngettext("%(num)s adresse libérée.", "%(num)s adresses libérées.", count)


def _seed_rooms(session: Session, _values: Values, _progress: Progress) -> object:
    with transaction(session):
        made = rooms.seed(session, plan=installation.plan())
    return ngettext("%(num)s chambre créée.", "%(num)s chambres créées.", len(made))


# Who pays


def _update(session: Session, _values: Values, progress: Progress) -> object:
    total, done = len(subscriptions.due(session)), 0

    def tell(one: Done) -> None:
        nonlocal done
        done += 1
        _print(_said(one))
        progress.progress(done, total)

    admins = installation.settings().admins[:1]
    found = subscriptions.update(session, Day(plan=installation.plan(), admins=admins, tell=tell))
    failed = sum(1 for one in found if one.error)
    if failed:
        raise TaskFailed(
            ngettext(
                "%(num)s personne n'a pas pu être traitée : voyez ce qui est affiché.",
                "%(num)s personnes n'ont pas pu être traitées : voyez ce qui est affiché.",
                failed,
            )
        )
    return ngettext("%(num)s personne traitée.", "%(num)s personnes traitées.", len(found))


def _would_update(session: Session, _values: Values, _progress: Progress) -> object:
    planned = subscriptions.due(session)
    for one in planned:
        _print(_said(one))
    return ngettext("%(num)s personne changerait.", "%(num)s personnes changeraient.", len(planned))


def _said(one: Done) -> str:
    """What is done of someone, in a line: a number, and the words of the code."""
    work = one.work
    words = {
        "welcome": work.welcome is not None,
        str(work.becomes): work.has_changed,
        "told": work.tell,
        "banned": work.ban,
        "unbanned": work.unban,
        "reminded": work.remind,
        f"failed: {one.error}": one.error is not None,
    }
    return f"{one.pceen_id}: {', '.join(word for word, holds in words.items() if holds)}"


def _set_up(session: Session, _values: Values, _progress: Progress) -> object:
    return _welcomed(len(subscriptions.set_up(session)))


def _would_set_up(session: Session, _values: Values, _progress: Progress) -> object:
    keys = queries.without_subscription(session)
    for key in keys:
        _print(str(key))
    return _welcomed(len(keys))


def _welcomed(count: int) -> object:
    return ngettext(
        "%(num)s personne reçoit un mois gratuit et un mail.",
        "%(num)s personnes reçoivent un mois gratuit et un mail.",
        count,
    )


def _seed_offers(session: Session, values: Values, _progress: Progress) -> object:
    with transaction(session):
        if values["update_texts"]:
            touched = offers.apply(session, list(SEEDED), update_texts=True)
        else:
            touched = offers.seed(session)
    return _("Offres : %(names)s.", names=", ".join(touched)) if touched else _("Rien ne manquait.")


# What is not kept


def _purge(session: Session, _values: Values, _progress: Progress) -> object:
    with transaction(session):
        found = retention.purge(session)
    return _purged(found)


def _would_purge(session: Session, _values: Values, _progress: Progress) -> object:
    return _purged(retention.purge(session, dry_run=True))


def _purged(found: retention.Purged) -> object:
    return _(
        "À oublier : %(history)s adresses du passé, %(audit)s événements, %(said)s mots de Lydia.",
        history=found.history,
        audit=found.audit,
        said=found.said,
    )


TASKS = (
    Task(
        name="dhcp.generate",
        label=_l("Écrire les règles DHCP"),
        purpose=_l(
            "Les appareils, leurs adresses et les suspensions, tels que le site les connaît."
        ),
        params=(
            Parameter(
                name="force",
                label=_l("Même si beaucoup d'appareils disparaissent d'un coup"),
                kind=Kind.boolean,
                default=False,
            ),
        ),
        run=_generate,
        dry_run=_diff,
    ),
    Task(
        name="dhcp.diff",
        label=_l("Comparer les règles DHCP"),
        purpose=_l("Ce qui changerait dans le fichier si les règles étaient écrites maintenant."),
        run=_diff,
        danger=Danger.safe,
    ),
    Task(
        name="network.tick",
        label=_l("Faire avancer le réseau"),
        purpose=_l(
            "Locations et suspensions finies, règles à jour : c'est aussi fait chaque minute."
        ),
        run=_tick,
        danger=Danger.safe,
    ),
    Task(
        name="bans.settle",
        label=_l("Finir les suspensions échues"),
        purpose=_l("Rend Internet à qui doit le retrouver : c'est aussi fait chaque minute."),
        run=_settle_bans,
        danger=Danger.safe,
    ),
    Task(
        name="devices.purge-addresses",
        label=_l("Libérer les adresses des appareils partis"),
        purpose=_l(
            "Celles gardées depuis plus longtemps que prévu : c'est aussi fait chaque nuit."
        ),
        run=_purge_addresses,
    ),
    Task(
        name="rooms.release-addresses",
        label=_l("Libérer les adresses d'une chambre"),
        purpose=_l("Celles gardées pour des appareils qui n'y sont plus."),
        params=(
            Parameter(name="room", label=_l("Chambre"), kind=Kind.integer, minimum=1, maximum=9999),
        ),
        run=_release_addresses,
    ),
    Task(
        name="rooms.seed",
        label=_l("Créer les chambres qui manquent"),
        purpose=_l("Celles du plan du bâtiment ; aucune n'est retirée."),
        run=_seed_rooms,
    ),
    Task(
        name="offers.seed",
        label=_l("Créer les offres qui manquent"),
        purpose=_l(
            "Celles de toute installation ; les prix de celles qui existent ne bougent pas."
        ),
        params=(
            Parameter(
                name="update_texts",
                label=_l("Remettre aussi leurs textes d'origine"),
                kind=Kind.boolean,
                default=False,
            ),
        ),
        run=_seed_offers,
    ),
    Task(
        name="subscriptions.update",
        label=_l("Rappeler de payer, couper et rendre Internet"),
        purpose=_l("Le travail de chaque nuit, maintenant : une personne après l'autre."),
        run=_update,
        dry_run=_would_update,
        limit=timedelta(hours=1),
    ),
    Task(
        name="subscriptions.setup",
        label=_l("Commencer à faire payer Internet"),
        purpose=_l("Un mois gratuit et un mail à qui a un appareil et aucun abonnement."),
        run=_set_up,
        dry_run=_would_set_up,
        danger=Danger.dangerous,
        limit=timedelta(hours=1),
        key="subscriptions.update",
    ),
    Task(
        name="retention.purge",
        label=_l("Oublier ce qui a été gardé assez longtemps"),
        purpose=_l("Adresses du passé, événements, mots de Lydia : rien n'en revient."),
        run=_purge,
        dry_run=_would_purge,
        danger=Danger.dangerous,
        limit=timedelta(hours=1),
    ),
)
