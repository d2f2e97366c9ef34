"""What ``docs/install.md`` says can be followed; ``make install-drill`` follows it."""

import re
import subprocess

import pytest

from tests.gateway.models import MODELS
from tests.install.document import DOCUMENT, Block, blocks, script

pytestmark = pytest.mark.once

FOUND = blocks(DOCUMENT.read_text())
GATEWAY = DOCUMENT.with_name("gateway.md").read_text()
OPERATIONS = DOCUMENT.with_name("operations.md").read_text()


def test_blocks_are_found_with_their_titles_and_why_some_are_passed_by() -> None:
    first, other = "## One\n\n```sh\na\nb\n```\n", "```ini\nd\n```\n"
    text = f"{first}\n<!-- drill: skip, another way -->\n```sh\nc\n```\n\n{other}"

    assert blocks(text) == [Block("One", "a\nb\n", ""), Block("One", "c\n", "another way")]
    with pytest.raises(ValueError, match="does not end"):
        blocks("```sh\na\n")


def test_one_script_runs_the_blocks_that_are_not_passed_by() -> None:
    text = script([Block("One", "a\n", ""), Block("Two", "b\n", "other")], {"X": "1"}, "@")

    assert text == "set -euo pipefail\nX=1\necho '@0'\na\n"


@pytest.mark.parametrize("block", FOUND, ids=lambda block: block.title)
def test_each_block_is_written_as_the_shell_wants(block: Block) -> None:
    done = subprocess.run(
        ["bash", "-n"], input=block.text, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_the_document_has_a_way_for_each_choice() -> None:
    skipped = {block.skipped for block in FOUND if block.skipped}

    assert skipped == {"its own", "MariaDB", "systemd", "certbot"}
    assert len([block for block in FOUND if not block.skipped]) > len(skipped)


@pytest.mark.parametrize("name", sorted(path.name for path in MODELS.iterdir()))
def test_each_model_is_somewhere_in_the_documents(name: str) -> None:
    text = DOCUMENT.read_text() + GATEWAY + OPERATIONS

    known = re.sub(r"\.(service|timer)$", "", name)

    assert re.search(rf"(?<![\w-]){re.escape(known)}(?![\w-])", text)
