"""What browsers load: the compressed copies."""

import gzip
import importlib
from pathlib import Path

import pytest
from flask import Flask

pytestmark = pytest.mark.once


def test_long_texts_are_compressed_the_same_way_each_time(
    app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(importlib.import_module("app.cli.assets"), "STATIC", tmp_path)
    (tmp_path / "js").mkdir()
    long = tmp_path / "js" / "long.js"
    long.write_text("let a = 1;\n" * 200)
    (tmp_path / "short.js").write_text("let a = 1;\n")
    (tmp_path / "photo.webp").write_bytes(bytes(5000))
    runner = app.test_cli_runner()

    first = runner.invoke(args=["assets", "compress"])
    made = long.with_name("long.js.gz").read_bytes()
    runner.invoke(args=["assets", "compress"])

    assert (first.exit_code, first.output) == (0, "1 file(s) compressed.\n")
    assert gzip.decompress(made) == long.read_bytes()
    assert long.with_name("long.js.gz").read_bytes() == made
    names = {path.name for path in tmp_path.rglob("*.*")}
    assert names == {"long.js", "long.js.gz", "short.js", "photo.webp"}
