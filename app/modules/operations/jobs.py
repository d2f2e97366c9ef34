"""What the site does by date to look after itself, and when a GRI asks."""

from collections.abc import Callable
from datetime import datetime

from flask import url_for
from flask_babel import force_locale, lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.jobs import Job
from app.core.transaction import transaction
from app.integrations import certificate, discord, mailer, metrics
from app.integrations.mailer import PermanentFailure
from app.modules.operations import around
from app.modules.operations.effects import RunJob, TryMail
from app.modules.operations.rules.actions import Words
from app.modules.operations.service import (
    actions,
    audit,
    jobs as service,
    outbox,
    samples,
    tasks,
    tidying,
)
from app.modules.operations.service.tasks import Asked
from app.web import installation
from app.web.actions import said
from app.web.module import all_jobs, all_tasks


class AuditBroken(Exception):
    """What was done does not read as it was written: someone has to look."""


def run_asked(session: Session, effect: RunJob, _number: int) -> None:
    """Run a job that someone asked for: how the worker does this effect.

    Raises:
        PermanentFailure: If there is no such job any more.
    """
    job = all_jobs().get(effect.job)
    if job is None:
        raise PermanentFailure(f"no job is called {effect.job}")
    service.run_job(session, job, due_at=datetime.fromisoformat(effect.asked_at))


def try_mail(session: Session, effect: TryMail, number: int) -> None:
    """Send an example of a mail: how the worker does this effect.

    Raises:
        PermanentFailure: If there is no such mail any more.
    """
    kind = around.mails().get(effect.mail)
    if kind is None:
        raise PermanentFailure(f"no mail is called {effect.mail}")
    mailer.send_example(session, around.example(kind, to=effect.to, locale=effect.locale), number)


def _tidy(session: Session) -> None:
    with transaction(session):
        tidying.tidy(session)


def _verify(session: Session) -> None:
    """Read the whole chain of what was done.

    Raises:
        AuditBroken: If it is not what was written.
    """
    faults = audit.verify(session).faults
    if faults:
        raise AuditBroken("; ".join(faults[:5]))


def _tell_parked(session: Session) -> None:
    admins = installation.settings().admins[:1]
    with transaction(session):
        outbox.tell_parked(session, admins=admins)


def _sample(session: Session) -> None:
    requests, errors = metrics.since_last_time()
    with transaction(session):
        samples.sample(session, requests=requests, errors=errors)


def _look_at_certificate(_session: Session) -> None:
    if around.has_certificate():
        settings = installation.settings()
        certificate.keep(settings.monitoring.metrics_dir, certificate.look(settings.origin))


def _asking_for(task: str) -> Callable[[Session], None]:
    """What has the worker run a task of backups, if there are any, in a process of its own."""

    def ask(session: Session) -> None:
        if installation.settings().backup.is_set:
            with transaction(session):
                tasks.start(session, task=all_tasks()[task], asked=Asked(values={}))

    return ask


def _person(number: int) -> str:
    return url_for("gris.pceen", key=number, _external=True)


def _tell(session: Session) -> None:
    """Tell what was done, in a few batches at most: the others wait for a minute."""
    is_on = discord.is_on(installation.settings(), "logging")
    words = Words(said=said, link=_person)
    with force_locale("fr"):
        for _batch in range(10):
            with transaction(session):
                if actions.tell(session, is_on=is_on, words=words) < actions.BATCH:
                    return


SAMPLE = Job(
    name="site.sample",
    label=_l("Compter les demandes, les erreurs et les envois en attente"),
    run=_sample,
    cron="*/10 * * * *",
    everywhere=True,
)
CERTIFICATE = Job(
    name="site.certificate",
    label=_l("Regarder jusqu'à quand le certificat du site est valable"),
    run=_look_at_certificate,
    cron="20 6 * * *",
    everywhere=True,
)
BACKUP = Job(
    name="backup.create",
    label=_l("Sauvegarder le site, si BACKUP_REPOSITORY dit où"),
    run=_asking_for("backup.create"),
    cron="30 3 * * *",
)
PRUNE = Job(
    name="backup.prune",
    label=_l("Oublier les sauvegardes anciennes"),
    run=_asking_for("backup.prune"),
    cron="0 10 * * sat",
)
VERIFY_BACKUPS = Job(
    name="backup.verify",
    label=_l("Vérifier les sauvegardes"),
    run=_asking_for("backup.verify"),
    cron="0 10 * * sun",
)
TELL = Job(
    name="site.tell_actions",
    label=_l("Dire sur Discord ce qui a été fait sur le site"),
    run=_tell,
    cron="* * * * *",
)
JANITOR = Job(
    name="janitor",
    label=_l("Ranger : exécutions anciennes, envois annulés, processus disparus"),
    run=_tidy,
    cron="7 * * * *",
)
VERIFY = Job(
    name="audit.verify",
    label=_l("Vérifier que le journal de ce qui a été fait n'a pas été retouché"),
    run=_verify,
    cron="0 6 * * *",
)
DIGEST = Job(
    name="outbox.digest",
    label=_l("Dire aux GRI, par mail, ce que le site a renoncé à envoyer"),
    run=_tell_parked,
    cron="0 6 * * *",
)
