"""``tools/release`` takes archives apart on Debian 12 too, whose Python has no filter for it."""

import importlib.util
import io
import os
import tarfile
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest

from tests.lab.net import ROOT

pytestmark = pytest.mark.once

SCRIPT = """#!/bin/sh
"""


@pytest.fixture(params=["with a filter", "without"])
def release(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    if request.param == "without":
        monkeypatch.delattr(tarfile, "data_filter")
    loader = SourceFileLoader("release", str(ROOT / "tools/release"))
    spec = importlib.util.spec_from_loader("release", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def member(name: str, kind: bytes = tarfile.REGTYPE, leads: str = "", mode: int = 0o664) -> bytes:
    """An archive of one member; a script, if it is a file."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode = kind, leads, mode
    content = SCRIPT.encode() if kind == tarfile.REGTYPE else b""
    info.size = len(content)
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


def unpacked(release: ModuleType, archive: bytes, into: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        release.unpack(opened, into)


def test_files_folders_and_links_come_out(release: ModuleType, tmp_path: Path) -> None:
    into = tmp_path / "release"
    into.mkdir()
    into.chmod(0o2750)
    umask = os.umask(0o027)
    try:
        unpacked(release, member("tools", tarfile.DIRTYPE, mode=0o775), into)
        unpacked(release, member("tools/run", mode=0o775), into)
        unpacked(release, member("tools/link", tarfile.SYMTYPE, "run"), into)
    finally:
        os.umask(umask)

    assert (into / "tools/link").read_text() == SCRIPT
    assert (into / "tools/run").stat().st_mode & 0o777 == 0o755
    assert (into / "tools").stat().st_mode & 0o7777 == 0o2750  # the group goes down with it


@pytest.mark.parametrize(
    "archive",
    [
        member("../out"),
        member("a/../../out"),
        member("link", tarfile.SYMTYPE, "../../out"),
        member("device", tarfile.CHRTYPE),
    ],
    ids=["above", "by a detour", "a link", "a device"],
)
def test_nothing_comes_out_elsewhere(release: ModuleType, tmp_path: Path, archive: bytes) -> None:
    into = tmp_path / "release"
    into.mkdir()

    with pytest.raises((release.Failure, tarfile.TarError)):
        unpacked(release, archive, into)
    assert {path.name for path in tmp_path.iterdir()} == {"release"}
