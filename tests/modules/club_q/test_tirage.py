"""The record of a draw: what everybody may know before publication, and after."""

import hashlib
import json
import re
import zipfile
from collections.abc import Callable
from io import BytesIO

import pytest
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import Strategy
from app.models import ClubQRun, ClubQSeason, ClubQSeedChange, PCeen
from app.modules.club_q.service import publication
from tests.client import Client
from tests.conftest import Login
from tests.factories import PCeenFactory
from tests.factories.club_q import (
    SeasonFactory,
    grant,
    make_current,
    organiser,
    participant,
    wish,
)
from tests.modules.club_q.attributions import Small, adopted, computed

pytestmark = pytest.mark.once

Someone = Callable[[Small], PCeen]
READERS: dict[str, Someone] = {
    "one who is served": lambda small: small.ada,
    "one who asked nothing": lambda _small: participant(),
    "the team": lambda _small: organiser(),
}


def published(session: Session, small: Small, **values: object) -> ClubQRun:
    run = adopted(session, small.season, **({"strategy": Strategy.fair} | values))
    publication.publish(session, season=small.season, by=None)
    session.commit()
    return run


@pytest.mark.parametrize("who", READERS)
def test_before_publication_nothing_of_the_seed_nor_of_any_grant_is_told(
    login: Login, session: Session, who: str
) -> None:
    small = Small(closing_hash="c" * 64, closed_at=clock.now())
    client = login(READERS[who](small))
    path = f"/club_q/tirage/{small.season.id}"
    before = client.get(path).text
    run = adopted(session, small.season, strategy=Strategy.fair)

    answer = client.get(path)

    text = answer.text
    assert small.season.seed_commitment in text
    assert small.season.seed.hex() not in text
    for digest in (run.input_hash, run.result_hash):
        assert digest not in text
    assert "Don Giovanni" not in text
    assert len(text) == len(before), "the size tells nothing"
    assert re.sub(r'value="[^"]*"|content="[^"]*"|data-at="[^"]*"', "", text) == re.sub(
        r'value="[^"]*"|content="[^"]*"|data-at="[^"]*"', "", before
    )
    for ending in ("", "?file=input", "?file=record", "?file=result", f"?run={run.id}"):
        refused = client.get(f"{path}/data{ending}")
        assert refused.status_code == 404
        assert small.season.seed.hex() not in refused.text


def test_before_publication_the_record_says_what_is_committed_to(
    login: Login, session: Session
) -> None:
    season = make_current(SeasonFactory(closing_hash="c" * 64, closed_at=clock.now()))
    season.rules = {"strategy": "classic", "theta": 4, "use_bonus": False}
    changed = ClubQSeedChange(
        season_id=season.id, former_commitment="f" * 64, reason="<b>Montrée</b> à l'écran"
    )
    session.add(changed)
    session.commit()

    page = login(participant(locale="fr")).open_page(f"/club_q/tirage/{season.id}")

    text = page.text("main")
    assert "classique" in text
    assert "c" * 64 in text
    assert "f" * 64 in text
    assert "<b>Montrée</b> à l'écran" in text
    assert "pas encore publié" in page.text(".page-head")


def test_after_publication_everything_that_proves_it_is_there(
    login: Login, session: Session
) -> None:
    small = Small()
    run = published(session, small)
    client = login(small.ada)
    path = f"/club_q/tirage/{small.season.id}"

    text = client.open_page(path).text("main")
    assert small.season.seed.hex() in text
    assert str(run.solver_version) in text

    archive = zipfile.ZipFile(BytesIO(client.get(f"{path}/data").data))
    assert sorted(archive.namelist()) == ["input.json", "record.json", "result.json"]
    record = json.loads(archive.read("record.json"))
    for name in ("input", "result"):
        content = client.get(f"{path}/data?file={name}").data
        assert content == archive.read(f"{name}.json")
        digest = hashlib.sha256(content).hexdigest()
        assert record[f"{name}_hash"] == digest
        assert digest in text
        for secret in ("Ada", "Lovelace", small.ada.username):
            assert secret not in content.decode()
    assert client.get(f"{path}/data").data == client.get(f"{path}/data?run={run.id}").data


def test_each_is_told_their_own_number_and_no_other(login: Login, session: Session) -> None:
    small = Small()
    run = published(session, small)
    path = f"/club_q/tirage/{small.season.id}"
    wishes = [one for one in json.loads(run.input or "")["wishes"] if one["person"] == small.ada.id]

    client = login(small.ada)
    page = client.open_page(path)

    command = page.text(".runs-steps")
    found = re.search(rf"--me {small.ada.id} (\d+)", command)
    assert found is not None
    files = json.loads(client.get(f"{path}/data?file=input").data)
    mine = [one for one in files["wishes"] if one["person"] == int(found[1])]
    assert [one["show"] for one in mine] == [one["show"] for one in wishes]


def test_who_asked_nothing_is_in_no_file(login: Login, session: Session) -> None:
    small = Small()
    published(session, small)

    page = login(participant(locale="fr")).open_page(f"/club_q/tirage/{small.season.id}")

    assert "vous n'y êtes pas" in page.text("main")
    assert "--me" not in page.text(".runs-steps")


def test_other_rules_than_those_announced_are_published_with_their_reason(
    login: Login, session: Session
) -> None:
    small = Small()
    published(session, small, strategy=Strategy.classic)

    page = login(small.bob).open_page(f"/club_q/tirage/{small.season.id}")

    assert "Pour voir" in page.text(".notice-warning")


def test_hidden_again_the_record_says_no_more_than_before(login: Login, session: Session) -> None:
    small = Small()
    published(session, small)
    publication.hide(session, season=small.season, by=None, reason="Une erreur")
    session.commit()
    client = login(small.ada)

    assert client.get(f"/club_q/tirage/{small.season.id}/data").status_code == 404
    assert "Une erreur" not in client.open_page(f"/club_q/tirage/{small.season.id}").text("main")


def test_a_season_that_was_shared_out_by_hand_has_a_seed_and_no_file(
    login: Login, session: Session
) -> None:
    small = Small()
    computed(session, small.season)
    grant(wish(small.bob, small.second, 2), 1)
    publication.publish(session, season=small.season, by=None)
    session.commit()
    client = login(small.ada)

    page = client.open_page(f"/club_q/tirage/{small.season.id}")

    assert small.season.seed.hex() in page.text("main")
    assert "tout attribué à la main" in page.text("main")
    assert client.get(f"/club_q/tirage/{small.season.id}/data").status_code == 404


@pytest.mark.parametrize("key", ["0", "999999", "99999999999999999999"])
def test_an_unknown_season_has_no_record(login: Login, key: str) -> None:
    client = login(participant())

    assert client.get(f"/club_q/tirage/{key}").status_code == 404
    assert client.get(f"/club_q/tirage/{key}/data").status_code == 404


@pytest.mark.parametrize(
    "asked", ["run=x", "run=999999", "run=-1", "file=x", "file=../input", "file=", "run="]
)
def test_what_is_no_file_is_missing(login: Login, session: Session, asked: str) -> None:
    small = Small()
    published(session, small)

    answer = login(small.ada).get(f"/club_q/tirage/{small.season.id}/data?{asked}")

    assert answer.status_code == 404


def test_a_run_that_is_not_adopted_is_in_no_record(login: Login, session: Session) -> None:
    small = Small()
    other = computed(session, small.season, theta=2)
    published(session, small)
    client = login(small.ada)

    assert client.get(f"/club_q/tirage/{small.season.id}/data?run={other.id}").status_code == 404
    assert "Calculs faits 2" in client.open_page(f"/club_q/tirage/{small.season.id}").text("main")


def test_the_entry_of_the_menu_leads_to_the_season_of_now(login: Login, session: Session) -> None:
    client = login(participant(locale="fr"))
    assert "aucune saison" in client.open_page("/club_q/tirage").text(".empty")
    first, second = SeasonFactory(nom="Printemps"), SeasonFactory(nom="Automne")
    make_current(first)

    assert client.get("/club_q/tirage").location == f"/club_q/tirage/{first.id}"
    asked = client.get(f"/club_q/tirage?season_id={second.id}")
    assert asked.location == f"/club_q/tirage/{second.id}"
    page = client.open_page(f"/club_q/tirage/{second.id}")
    assert page.html.select_one(f"main li a[href='/club_q/tirage/{first.id}']")


def test_who_has_no_right_sees_no_record(login: Login, client: Client, session: Session) -> None:
    season: ClubQSeason = SeasonFactory()
    assert client.get(f"/club_q/tirage/{season.id}").status_code in (302, 303, 401, 403)
    stranger = login(PCeenFactory())

    assert stranger.get(f"/club_q/tirage/{season.id}").status_code == 403
    assert stranger.get(f"/club_q/tirage/{season.id}/data").status_code == 403


def test_the_record_takes_few_statements(
    login: Login, session: Session, queries: list[str]
) -> None:
    small = Small()
    published(session, small)
    client = login(small.ada)
    client.get("/legal")
    for path in ("", "/data"):
        queries.clear()
        assert client.get(f"/club_q/tirage/{small.season.id}{path}").status_code == 200
        assert len(queries) <= 12, "\n".join(queries)
