"""How many statements pages make, and how long their HTML is: asked of the site in this process.

    echo '[["mcurie", "/gris/pceens"]]' | python -m tools.bench.probe

It is a part of the site of the bench: its settings are those of the environment.
"""

import json
import logging
import sys
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.engine import Engine

from app import create_app
from app.modules.account.demo import PASSWORD
from tools.loopback import token_in

_FROM = {"X-Real-IP": "192.0.2.1"}
#: What is no question: the ends of transactions.
NOT_ASKED = ("SAVEPOINT", "RELEASE", "ROLLBACK", "COMMIT")


def main() -> None:
    """Answer for each person and page: its status, its statements, its bytes."""
    logging.disable()
    asked = json.load(sys.stdin)
    app = create_app()
    said: list[str] = []
    sa.event.listen(Engine, "before_cursor_execute", lambda *seen: said.append(seen[2]))
    clients: dict[str, FlaskClient] = {}
    found = []
    for who, path in asked:
        if who not in clients:
            clients[who] = _entered(app.test_client(), who)
        found.append([who, path, *_asked(clients[who], path, said)])
    sys.stdout.write(json.dumps(found))


def _entered(client: FlaskClient, who: str) -> FlaskClient:
    if not who:
        return client
    token = token_in(client.get("/login", headers=_FROM).get_data())
    sent = {"identifier": who, "password": PASSWORD, "csrf_token": token}
    answer = client.post("/login", data=sent, headers=_FROM)
    if answer.status_code != 303:
        raise ValueError(f"{who} cannot log in: {answer.status_code}")
    return client


def _asked(client: FlaskClient, path: str, said: list[str]) -> list[Any]:
    client.get(path, headers=_FROM)  # what is done the first time is not counted
    said.clear()
    answer = client.get(path, headers=_FROM)
    size = len(answer.get_data())
    return [answer.status_code, sum(not one.startswith(NOT_ASKED) for one in said), size]


if __name__ == "__main__":
    main()
