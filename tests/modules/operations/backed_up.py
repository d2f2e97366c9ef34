"""A site that is backed up: its database, its folders, and a repository next to it."""

import base64
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.poly1305 import Poly1305
from flask import Flask

from app import create_app
from app.integrations.backup.databases import make_database
from app.integrations.backup.repository import Repository
from app.modules.operations.rules.backups import Place, Retention
from app.modules.operations.service.backups.site import Site
from app.settings import (
    BackupSettings,
    BannersSettings,
    BarSettings,
    BekksSettings,
    ClubQSettings,
    PhotosSettings,
    TheatreSettings,
)
from tests.client import Client
from tests.conftest import settings_of

PASSWORD = "what deciphers backups"
HEADS = frozenset({"20261202_calendar"})


def needs(*programs: str) -> None:
    """Skip the test where one of these is not installed; where everything is to be, fail."""
    missing = [name for name in programs if shutil.which(name) is None]
    if not missing:
        return
    reason = f"not installed: {', '.join(missing)}"
    if os.environ.get("CI") == "true":  # noqa: TID251  # the continuous integration's
        pytest.fail(reason)
    pytest.skip(reason)


def backup_settings(folder: Path, *, staging: str = "staging") -> BackupSettings:
    password = folder / "password"
    password.write_text(PASSWORD)
    return BackupSettings(
        repository=str(folder / "repository"),
        password_file=password,
        staging_dir=folder / staging,
    )


def make_repository(folder: Path) -> Path:
    """A repository that was just made, whose password is tried in no time."""
    made = Repository(settings=backup_settings(folder), host="anyone", cache=folder / "cache")
    made.init()
    (key,) = (folder / "repository" / "keys").iterdir()
    _make_cheap(key)
    return folder / "repository"


def _make_cheap(path: Path) -> None:
    """Have a key of restic derived by few rounds of scrypt: the tests open it a hundred times."""
    key = json.loads(path.read_text())
    data = base64.b64decode(key["data"])
    plain = _ciphered(_derived(key), data[:16], data[16:-16])
    key |= {"N": 2, "salt": base64.b64encode(secrets.token_bytes(64)).decode()}
    derived, nonce = _derived(key), secrets.token_bytes(16)
    text = _ciphered(derived, nonce, plain)
    once = Cipher(algorithms.AES(derived[32:48]), modes.ECB()).encryptor().update(nonce)
    seal = Poly1305.generate_tag(derived[48:] + once, text)
    key["data"] = base64.b64encode(nonce + text + seal).decode()
    written = json.dumps(key).encode()
    path.with_name(hashlib.sha256(written).hexdigest()).write_bytes(written)
    path.unlink()


def _derived(key: dict[str, Any]) -> bytes:
    """Of a password: 32 bytes that cipher, 32 that seal."""
    salt, cost = base64.b64decode(key["salt"]), {"n": key["N"], "r": key["r"], "p": key["p"]}
    return hashlib.scrypt(PASSWORD.encode(), salt=salt, maxmem=1 << 30, dklen=64, **cost)


def _ciphered(derived: bytes, nonce: bytes, data: bytes) -> bytes:
    return Cipher(algorithms.AES(derived[:32]), modes.CTR(nonce)).encryptor().update(data)


def site_at(url: str, folder: Path, backup: BackupSettings, **values: Any) -> Flask:
    """The application, with its folders in *folder*."""
    settings = settings_of(
        url,
        photos=PhotosSettings(base_path=folder / "photos"),
        bar=BarSettings(avatars_base_path=folder / "bar_avatars"),
        club_q=ClubQSettings(base_path=folder / "club_q"),
        bekks=BekksSettings(base_path=folder / "bekks"),
        theatre=TheatreSettings(base_path=folder / "theatre"),
        banners=BannersSettings(base_path=folder / "banners"),
        backup=backup,
        **values,
    )
    app = create_app(settings, WTF_CSRF_ENABLED=False)
    app.test_client_class = Client
    return app


def small_site(url: str, folder: Path, backup: BackupSettings, **values: Any) -> Site:
    """A site with one place, for what is done to it without pages."""
    photos = folder / "photos"
    photos.mkdir(parents=True, exist_ok=True)
    made = Site(
        database=make_database(url),
        repository=Repository(
            settings=backup, host="site.example.org", cache=backup.staging_dir / "cache"
        ),
        places=(Place(name="photos", path=photos),),
        staging=backup.staging_dir,
        retention=Retention(days=7, weeks=5, months=6),
        known=HEADS,
        heads=HEADS,
    )
    return replace(made, **values)


class Watcher:
    """Sees how far a work is, and does something once it is there."""

    cancelled: bool = False

    def __init__(self, **acts: Callable[[], object]) -> None:
        self.said: list[tuple[int, str]] = []
        self._acts = {name.replace("_", " "): act for name, act in acts.items()}

    def progress(self, done: int, total: int, message: str = "") -> None:
        self.said.append((done, message))
        act = self._acts.pop(message, None)
        if act is not None:
            act()


def files(base: Path) -> dict[str, bytes]:
    """What each file under a directory holds."""
    return {
        str(path.relative_to(base)): path.read_bytes()
        for path in sorted(base.rglob("*"))
        if path.is_file()
    }


def write(base: Path, names: Iterable[str]) -> None:
    """Make files that hold their own names."""
    for name in names:
        path = base / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"this is {name}\n" * 20)
