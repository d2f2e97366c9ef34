"""What this installation has around it: its folders, its migrations, its certificate."""

from functools import cache
from pathlib import Path
from typing import cast

from alembic.script import ScriptDirectory
from flask import current_app

from app.integrations import certificate
from app.integrations.certificate import Seen
from app.integrations.mailer import Mail
from app.integrations.saml import ServiceProvider
from app.modules.operations.rules.mail_samples import values_of
from app.modules.operations.service.health import Installed
from app.settings import INSTANCE, ROOT
from app.web import installation
from app.web.module import all_jobs, installed_modules


@cache
def heads() -> frozenset[str]:
    """The migrations that this code wants."""
    return frozenset(ScriptDirectory(str(ROOT / "migrations")).get_heads())


def installed() -> Installed:
    """What is looked at here."""
    settings = installation.settings()
    network = settings.network
    written = [INSTANCE, settings.log_dir, settings.monitoring.metrics_dir]
    written += [
        one.absolute().parent for one in (network.dhcp_hosts_file, network.nft_set_file) if one
    ]
    return Installed(
        heads=heads(),
        directories=tuple(sorted({_nearest(one) for one in written if one is not None})),
        log_dir=settings.log_dir,
        jobs=tuple(all_jobs().values()),
        checks={
            name: check for module in installed_modules() for name, check in module.checks.items()
        },
    )


def _nearest(place: Path) -> Path:
    """A folder, or the closest one above it that is there: on the same disk."""
    while not place.exists() and place != place.parent:
        place = place.parent
    return place


def mails() -> dict[str, type[Mail]]:
    """Every mail that this site may send, by its name."""
    kinds = (kind for module in installed_modules() for kind in module.effects)
    found = {kind.kind: kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Mail)}
    return dict(sorted(found.items()))


def example(kind: type[Mail], *, to: str, locale: str) -> Mail:
    """A mail of that kind, with something in each of its fields."""
    return kind(to=to, locale=locale, **values_of(kind))


def has_certificate() -> bool:
    """Whether this site has one: it is served by https, under a name that is its own."""
    settings = installation.settings()
    return settings.is_https and not settings.server_name.startswith("localhost")


def seen_certificate() -> Seen | None:
    """What the worker saw of it last."""
    return certificate.kept(installation.settings().monitoring.metrics_dir)


def service_provider() -> ServiceProvider | None:
    """Our part in the school's log-in, if there is one."""
    return cast(ServiceProvider | None, current_app.extensions["saml"])
