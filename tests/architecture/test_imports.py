"""What a process of the site does not hold: libraries that few pages need, or none.

Memory and the time of a start are figures of the bench; here is what makes them.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.settings import ROOT

pytestmark = pytest.mark.once

#: What is only for commands, the worker, or programs that run apart.
NEVER = (
    *("alembic", "flask_migrate", "mako", "pygments", "sass", "app.cli.reference"),
    *("highspy", "pikepdf", "pypdfium2", "pyvips", "pi_heif", "unittest.mock"),
    *(f"app.modules.{name}.demo" for name in ("account", "banners", "bar", "bekk", "photos")),
)
#: What is read when it is first asked for: a page that many open does not.
LATE = ("zxcvbn", "xlsxwriter", "rapidfuzz", "webauthn", "cbor2", "OpenSSL", "pyroute2")
#: That, and what is not read at the start at least.
LATER = ("holidays",)

PROGRAM = """
import json, sys
from app import create_app
from app.settings import read_settings

app = create_app(read_settings())
found = [sorted(sys.modules)]
from tests.conftest import furnish  # the pages want what every installation has
from tests.factories import base
from tests.factories.people import PCeenFactory
from app.enums import LoginMethod
from app.extensions import db
from app.models import Base, LoginSession

with app.app_context():
    Base.metadata.create_all(db.engine)
    furnish(db.session())
    base.use(db.session())
    begun = LoginSession(pceen=PCeenFactory(), method=LoginMethod.password)
    db.session().add(begun)
    db.session().commit()
    secret = begun.secret
before = set(sys.modules)
answers = {}
visitor, person = app.test_client(), app.test_client()
with person.session_transaction() as cookie:
    cookie["_user_id"] = secret
for client, paths in ((visitor, sys.argv[1]), (person, sys.argv[2])):
    for path in paths.split():
        answers[path] = client.get(path, environ_base={"REMOTE_ADDR": "192.0.2.1"}).status_code
added = sorted(set(sys.modules) - before)
print(json.dumps({"start": found[0], "pages": added, "answers": answers}))
"""
VISITOR = "/login /legal /healthz /readyz /reset_password_request"
PERSON = "/ /profile /photos/ /club_q/ /bekk/ /theatre /calendar/ /notifications"


def test_a_process_reads_late_what_few_need(tmp_path: Path) -> None:
    ours = {
        "MODE": "testing",
        "SECRET_KEY": "not a secret: a test, and a long one at that",
        "SQLALCHEMY_DATABASE_URI": f"sqlite:///{tmp_path / 'site.db'}",
        "SERVER_NAME": "localhost",
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, VISITOR, PERSON],
        cwd=tmp_path,
        env=ours | {"PATH": os.environ["PATH"]},  # noqa: TID251  # not the site's
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])

    opened = [path for path, status in said["answers"].items() if status == 200]
    assert len(opened) > 6, said["answers"]
    assert [one for one in (*NEVER, *LATE, *LATER) if one in said["start"]] == []
    assert [one for one in (*NEVER, *LATE) if one in said["pages"]] == []
