import re
import subprocess
import sys
from pathlib import Path
from signal import SIGINT, SIGTERM, Signals

import pytest
import urllib3

from lydia_sandbox.merchants import INTERNET
from tests.lydia_sandbox.conftest import ASKED

pytestmark = pytest.mark.once

#: How long the program may take to end, in seconds.
PATIENCE = 20


@pytest.mark.parametrize("signal", [SIGTERM, SIGINT])
def test_the_program_serves_until_told_to_end_and_tells_no_secret(
    tmp_path: Path, signal: Signals
) -> None:
    database = tmp_path / "sandbox.db"
    arguments = ["--port", "0", "--database", database]
    with subprocess.Popen(
        [sys.executable, "-m", "lydia_sandbox", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={"LYDIA_VENDOR_TOKEN": "chosen", "LYDIA_PRIVATE_TOKEN": "secret"},
    ) as program:
        assert program.stdout is not None
        address = re.findall(
            r"http://127\.0\.0\.1:[0-9]+/sandbox/lydia/", program.stdout.readline()
        )
        with urllib3.PoolManager(retries=False) as http:
            url = f"{address[0]}api/request/do.json?phone=0612345678"
            answers = [
                http.request("POST", url, fields=ASKED | {"vendor_token": token}).json()
                for token in ("chosen", INTERNET.vendor_token)
            ]
        program.send_signal(signal)
        said, _ = program.communicate(timeout=PATIENCE)

    assert [answer["error"] for answer in answers] == ["0", "1"]
    assert (said, program.returncode) == ("", 0)
