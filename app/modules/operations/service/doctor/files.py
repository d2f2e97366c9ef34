"""What is found of the files of an installation."""

import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from app.integrations.photo_store import try_to_write
from app.modules.operations.rules.doctor.files import File, Folder, Secret
from app.settings import Settings

#: Where the web server keeps its half of the secret of links.
PHOTOS_SECRET = Path("/etc/nginx/photos-secret.conf")
_DEFAULT = re.compile(r"^\s*default\s+\"?([^\s;\"]+)\"?;", re.MULTILINE)
#: Where what is made in a folder waits for its name.
_WORKSHOP = "_incoming"


def file(name: str, path: Path, *, is_owners: bool = False) -> File:
    """A file that holds a secret, as it is on the disk."""
    try:
        found = path.stat()
    except OSError:
        return File(name, str(path), None)
    readable = os.access(path, os.R_OK)
    return File(name, str(path), stat.S_IMODE(found.st_mode), readable, is_owners)


def environment(root: Path) -> File:
    """The settings of the site."""
    return file(".env", root / ".env")


def keys(root: Path, settings: Settings | None) -> Iterator[File]:
    """The other files that hold secrets, those that this installation has."""
    for place in (root / "deploy.env", root.parent.parent / "deploy.env"):
        if place.exists():
            yield file("deploy.env", place.resolve(), is_owners=True)
            break
    if settings is None:
        return
    for name, path in (
        ("VAPID_PRIVATE_KEY_PATH", settings.vapid.private_key_path),
        ("SAML_CERTIFICATE_PRIVATE_KEY_FILE", settings.saml.certificate_private_key_file),
        ("BACKUP_PASSWORD_FILE", settings.backup.password_file),
    ):
        if path is not None:
            yield file(name, path)


def secrets(root: Path, settings: Settings) -> list[Secret]:
    """The secrets of the settings, and what the models show in their place."""
    examples = _examples(root / ".conf_models" / "model.env")
    found = [Secret(name="SECRET_KEY", value=settings.key, examples=examples)]
    if settings.photos.secret_key is not None:
        value = settings.photos.secret_key.get_secret_value()
        found.append(Secret(name="PHOTOS_SECRET_KEY", value=value, examples=examples))
    if settings.monitoring.metrics_token is not None:
        value = settings.monitoring.metrics_token.get_secret_value()
        found.append(Secret(name="METRICS_TOKEN", value=value, examples=examples))
    return found


def _examples(model: Path) -> list[str]:
    """The values that the model of the settings gives."""
    try:
        lines = model.read_text().splitlines()
    except OSError:
        return []
    pairs = (line.partition("=") for line in lines if not line.startswith("#"))
    return [value.strip() for _name, _, value in pairs if value.strip()]


def photos_secret(path: Path) -> tuple[bool, str | None]:
    """Whether the web server's half of the secret is there, and what it is if it can be read."""
    try:
        found = _DEFAULT.search(path.read_text())
    except PermissionError:
        return True, None
    except OSError:
        return path.exists(), None
    return True, found[1] if found else ""


def folders(settings: Settings, *, public: Path) -> list[Folder]:
    """The directories that the site writes in; *public* is given to everybody."""
    places: dict[str, tuple[Path, bool]] = {
        "PHOTOS_BASE_PATH": (settings.photos.base_path, False),
        "BAR_AVATARS_BASE_PATH": (settings.bar.avatars_base_path, False),
        "CLUB_Q_BASE_PATH": (settings.club_q.base_path, False),
        "BEKKS_BASE_PATH": (settings.bekks.base_path, False),
        "THEATRE_BASE_PATH": (settings.theatre.base_path, False),
        "BANNERS_BASE_PATH": (settings.banners.base_path, False),
        "EXPORTS_DIR": (settings.exports_dir, False),
        "METRICS_DIR": (settings.monitoring.metrics_dir, True),
    }
    if settings.log_dir is not None:
        places["LOG_DIR"] = (settings.log_dir, True)
    mounts = _mounts()
    return [
        _folder(name, path, public=public, is_local=is_local, mounts=mounts)
        for name, (path, is_local) in places.items()
    ]


def _folder(
    name: str, path: Path, *, public: Path, is_local: bool, mounts: Mapping[Path, str]
) -> Folder:
    """A directory; one that is not there yet is looked at where it would be made."""
    there, error, free, free_files, is_one_disk = path, None, None, None, True
    try:
        while not there.exists() and there != there.parent:
            there = there.parent
        try_to_write(there)
        disk = os.statvfs(there)
        free = disk.f_bavail / disk.f_blocks if disk.f_blocks else None
        free_files = disk.f_favail / disk.f_files if disk.f_files else None
        workshop = path / _WORKSHOP
        if workshop.exists():
            is_one_disk = workshop.stat().st_dev == path.stat().st_dev
    except OSError as failure:
        error = failure.strerror or type(failure).__name__
    return Folder(
        variable=name,
        path=str(path),
        error=error,
        is_one_disk=is_one_disk,
        kind=_kind(there, mounts),
        free=free,
        free_files=free_files,
        is_public=path.resolve().is_relative_to(public.resolve()),
        is_local=is_local,
    )


def _mounts() -> dict[Path, str]:
    """What is mounted where: the kind of file system of each place."""
    try:
        lines = Path("/proc/self/mounts").read_text().splitlines()
    except OSError:
        return {}
    words = (line.split(" ") for line in lines)
    return {Path(one[1].replace("\\040", " ")): one[2] for one in words if len(one) > 2}


def _kind(place: Path, mounts: Mapping[Path, str]) -> str:
    """The kind of file system that a place is on."""
    place = place.resolve()
    return next((mounts[one] for one in (place, *place.parents) if one in mounts), "")


def made(static: Path, translations: Path) -> dict[str, bool]:
    """What is made before the site is served, and whether it is there."""
    names = ("css/site.css", "svg/icons.svg", "vendor")
    catalogues = list(translations.glob("*/LC_MESSAGES/*.po"))
    return {
        "assets": all((static / name).exists() for name in names),
        "translations": bool(catalogues) and all(_is_compiled(catalogues)),
    }


def _is_compiled(catalogues: Iterable[Path]) -> Iterator[bool]:
    return (one.with_suffix(".mo").exists() for one in catalogues)
