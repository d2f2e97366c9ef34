"""What tests of the upload have in common: people, files, and pictures that are not looked at."""

import base64
import io
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.enums import PermissionScope as S, PermissionType as T
from app.integrations import images
from app.integrations.images import Facts
from app.models import Album, PCeen
from tests.client import Client
from tests.factories import PCeenFactory

FACTS = Facts(format="jpeg", width=400, height=300)
VERSION = {"Tus-Resumable": "1.0.0"}
BYTES = "application/offset+octet-stream"


def editor(**values: Any) -> PCeen:
    """Someone who writes all albums."""
    return PCeenFactory(can=[(T.read, S.photos), (T.write, S.collection)], **values)


def some_bytes(size: int = 10_000) -> bytes:
    """What no other file has."""
    return os.urandom(size)


def taken_for(monkeypatch: pytest.MonkeyPatch, **facts: Any) -> None:
    """Have whatever is sent be taken for a picture that says this of itself."""
    monkeypatch.setattr(images, "inspect", lambda _path: replace(FACTS, **facts))


def refused_for(monkeypatch: pytest.MonkeyPatch, refusal: type[Exception]) -> None:
    """Have whatever is sent be refused."""

    def inspect(_path: object) -> Facts:
        raise refusal

    monkeypatch.setattr(images, "inspect", inspect)


def fields(album: Album, **others: Any) -> dict[str, Any]:
    """An album, as scripts name it."""
    return {"collection": album.collection.dir_name, "album": album.dir_name} | others


def send(browser: Client, album: Album, content: bytes, name: str = "IMG_0001.JPG") -> TestResponse:
    """Send a photo with a form."""
    data = fields(album, file=(io.BytesIO(content), name))
    return browser.post("/api/photos/upload", data=data)


def begin(browser: Client, album: Album, size: int, name: str = "IMG_0001.JPG") -> TestResponse:
    """Begin to send a photo bit by bit."""
    said = fields(album, filename=name)
    pairs = (f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in said.items())
    headers = VERSION | {"Upload-Length": str(size), "Upload-Metadata": ",".join(pairs)}
    return browser.post("/api/photos/uploads", headers=headers)


def append(browser: Client, where: str, at: int, content: bytes) -> TestResponse:
    """Send what follows."""
    headers = VERSION | {"Upload-Offset": str(at)}
    return browser.patch(where, headers=headers, data=content, content_type=BYTES)


def came(browser: Client, where: str) -> int:
    """How much of it came."""
    response = browser.head(where, headers=VERSION)
    assert response.status_code == 200
    return int(response.headers["Upload-Offset"])


Sender = Callable[[bytes], TestResponse]
