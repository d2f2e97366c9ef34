"""What this installation has around it: its folders, its migrations, its certificate."""

import ast
from functools import cache
from pathlib import Path
from typing import Any, cast

from flask import current_app

from app.integrations import certificate
from app.integrations.backup.databases import make_database
from app.integrations.backup.repository import Repository
from app.integrations.certificate import Seen
from app.integrations.folders import INCOMING
from app.integrations.mailer import Mail
from app.integrations.photo_store import ARCHIVES
from app.integrations.saml import ServiceProvider
from app.modules.operations.errors import NoBackups
from app.modules.operations.rules.backups import Place, Retention
from app.modules.operations.rules.mail_samples import values_of
from app.modules.operations.service.backups.site import Site
from app.modules.operations.service.health import Installed
from app.settings import INSTANCE, ROOT
from app.web import installation
from app.web.module import all_jobs, installed_modules

#: Where an installation writes its settings.
_SETTINGS_FILE = ROOT / ".env"


@cache
def heads() -> frozenset[str]:
    """The migrations that this code wants."""
    followed = {one for before in _migrations().values() for one in before}
    return frozenset(_migrations().keys() - followed)


@cache
def migrations() -> frozenset[str]:
    """The migrations that this code knows."""
    return frozenset(_migrations())


@cache
def _migrations() -> dict[str, tuple[str, ...]]:
    """Each migration, and those that it follows: read, without what runs them."""
    found: dict[str, tuple[str, ...]] = {}
    for path in (ROOT / "migrations/versions").glob("*.py"):
        said: dict[str, Any] = {}
        for line in ast.parse(path.read_text()).body:
            match line:
                case ast.Assign(targets=[ast.Name(id="revision" | "down_revision" as name)]):
                    said[name] = ast.literal_eval(line.value)
        before = said["down_revision"] or ()
        found[said["revision"]] = (before,) if isinstance(before, str) else tuple(before)
    return found


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
        known=migrations(),
        directories=tuple(sorted({_nearest(one) for one in written if one is not None})),
        log_dir=settings.log_dir,
        jobs=tuple(all_jobs().values()),
        checks={
            name: check for module in installed_modules() for name, check in module.checks.items()
        },
        is_backed_up=settings.backup.is_set,
    )


def site(*, is_restored: bool = False) -> Site:
    """This site, for who backs it up; where it is restored, as who may make its tables.

    Raises:
        NoBackups: If it is not backed up.
    """
    settings = installation.settings()
    owner = settings.migration_url if is_restored else None
    backup = settings.backup
    if not backup.is_set:
        raise NoBackups
    return Site(
        database=make_database(owner or current_app.config["SQLALCHEMY_DATABASE_URI"]),
        repository=Repository(
            settings=backup,
            host=settings.server_name.partition(":")[0],
            cache=backup.staging_dir / "cache",
        ),
        places=places(),
        staging=backup.staging_dir,
        retention=Retention(
            days=backup.keep_days, weeks=backup.keep_weeks, months=backup.keep_months
        ),
        known=migrations(),
        heads=heads(),
    )


def places() -> tuple[Place, ...]:
    """The files that must not be lost: those that people gave, and what cannot be made again.

    Their paths are those of the files themselves: a release is a folder of links.
    """
    settings = installation.settings()
    saml = settings.saml
    folders = {
        "photos": (settings.photos.base_path, ARCHIVES),
        "bar_avatars": (settings.bar.avatars_base_path, INCOMING),
        "club_q": (settings.club_q.base_path, INCOMING),
        "bekks": (settings.bekks.base_path, INCOMING),
        "theatre": (settings.theatre.base_path, INCOMING),
        "banners": (settings.banners.base_path, INCOMING),
    }
    files = {
        "settings": _SETTINGS_FILE,
        "secret_key": INSTANCE / "secret_key",
        "vapid_key": settings.vapid.private_key_path or INSTANCE / "vapid.pem",
        "saml_key": saml.certificate_private_key_file,
        "saml_certificate": saml.certificate_public_key_file,
        "saml_metadata": saml.idp_metadata_file,
        "saml_metadata_certificate": saml.idp_metadata_certificate,
        "saml_metadata_copy": saml.idp_metadata_copy,
    }
    extra = enumerate(settings.backup.extra, 1)
    return (
        *(
            Place(name=name, path=path.resolve(), skipped=(skipped,))
            for name, (path, skipped) in folders.items()
        ),
        *(
            Place(name=name, path=path.resolve(), is_file=True)
            for name, path in files.items()
            if path is not None
        ),
        *(Place(name=f"extra_{rank}", path=path.resolve(), is_ours=False) for rank, path in extra),
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
