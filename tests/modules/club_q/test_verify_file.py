"""The verifier that anybody may take: it accepts what is right, and nothing else."""

import hashlib
import json
import random
import runpy
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from app.core import draw
from app.enums import Strategy
from app.modules.club_q.rules import check, classic
from app.modules.club_q.rules.instance import canonical_json
from app.modules.club_q.rules.outcome import Objective
from tests.modules.club_q.instances import (
    ADA,
    BOB,
    SEED,
    A,
    B,
    best,
    complement,
    drawn,
    instance,
    outcome,
    some,
)

pytestmark = pytest.mark.once

FILE = Path(__file__).parents[3] / "app/static/club_q/verify.py"
main = runpy.run_path(str(FILE))["main"]


def published(one, answer):
    """The three texts; each wish has its key, as under pseudonyms."""
    keys = one.keys(SEED)
    one = replace(
        one,
        wishes=tuple(
            replace(wish, key=f"{keys[wish.person, wish.show]:064x}") for wish in one.wishes
        ),
    )
    record = {
        "format": "club-q-record-1",
        "season": 7,
        "seed": SEED.hex(),
        "commitment": draw.commitment(season=7, seed=SEED),
        "strategy": answer.strategy.value,
        "input_hash": one.digest(),
        "result_hash": answer.digest(),
    }
    return [canonical_json(record), one.canonical(), answer.canonical()]


def verified(folder, texts, *more):
    names = []
    for name, text in zip(("record", "input", "result"), texts, strict=True):
        path = folder / f"{name}.json"
        path.write_text(text)
        names.append(str(path))
    return main([*names, *more])


def consistent(texts):
    """The same texts with the digests of what they are now."""
    record = json.loads(texts[0])
    for name, text in (("input_hash", texts[1]), ("result_hash", texts[2])):
        record[name] = hashlib.sha256(text.encode()).hexdigest()
    return [canonical_json(record), *texts[1:]]


def test_it_is_one_short_file_of_its_own():
    text = FILE.read_text()
    assert len(text.splitlines()) <= 300
    assert "import app" not in text
    assert "from app" not in text


def test_it_runs_by_itself(tmp_path):
    one = drawn(2, people=4, shows=3, asked=2)
    for name, text in zip("rio", published(one, best(one)), strict=True):
        (tmp_path / name).write_text(text)
    command = [sys.executable, "-I", str(FILE), "r", "i", "o"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0
    assert ran.stdout.splitlines() == [
        "juste  les trois fichiers vont ensemble",
        "juste  empreinte de la graine",
        "juste  empreinte input_hash",
        "juste  empreinte result_hash",
        "juste  contraintes",
        "juste  objectifs",
        "juste  aucune place perdue",
        "juste  aucun échange ne ferait mieux",
        "Tout est juste.",
    ]


def test_it_accepts_fair_seasons(tmp_path, capsys):
    for number in range(12):
        one = drawn(number, people=4, shows=3, asked=2)
        assert verified(tmp_path, published(one, best(one))) == 0, capsys.readouterr().out


def test_it_accepts_classic_ones_and_promises_nothing_of_them(tmp_path, capsys):
    for number in range(30):
        one = drawn(number, people=12, shows=6)
        answer = classic.share(one, SEED)
        assert verified(tmp_path, published(one, answer)) == 0
        assert "rien n'est promis (stratégie classique)" in capsys.readouterr().out
        rest = complement(one, answer.grants, s100=2)
        assert verified(tmp_path, published(rest, classic.share(rest, SEED))) == 0


def test_it_promises_nothing_of_what_is_not_proven(tmp_path, capsys):
    one = drawn(2, people=4)
    answer = outcome(one, some(one, 2))
    told = tuple(
        Objective(name=each.name, value=each.value, bound=each.value + 1)
        for each in answer.objectives
    )
    assert verified(tmp_path, published(one, replace(answer, objectives=told))) == 0
    assert "le résultat n'est pas prouvé" in capsys.readouterr().out


def _altered(text, chance):
    """The same JSON with one number changed: a digit of a digest, or a whole number."""
    told = json.loads(text)
    places = []

    def walk(value):
        rows = value.items() if isinstance(value, dict) else enumerate(value)
        for key, one in rows:
            if isinstance(one, dict | list):
                walk(one)
            elif isinstance(one, int) and not isinstance(one, bool):
                places.append((value, key, one + chance.choice([-1, 1])))
            elif isinstance(one, str) and len(one) == 64:
                rank = chance.randrange(64)
                digit = "0" if one[rank] != "0" else "1"
                places.append((value, key, one[:rank] + digit + one[rank + 1 :]))

    walk(told)
    holder, key, value = chance.choice(places)
    holder[key] = value
    return canonical_json(told)


@pytest.mark.parametrize("strategy", list(Strategy))
def test_it_refuses_each_of_a_hundred_files_with_one_altered_number(tmp_path, capsys, strategy):
    one = drawn(2, people=4, shows=3, asked=2)
    answer = best(one) if strategy is Strategy.fair else classic.share(one, SEED)
    texts = published(one, answer)
    assert verified(tmp_path, texts) == 0
    chance = random.Random(1)
    for number in range(100):
        changed = list(texts)
        changed[number % 3] = _altered(texts[number % 3], chance)
        assert changed != texts
        assert verified(tmp_path, changed) != 0
        capsys.readouterr()


def test_it_sees_altered_results_whose_digest_was_altered_too(tmp_path, capsys):
    one = drawn(2, people=4, shows=3, asked=2)
    texts = published(one, best(one))
    chance = random.Random(3)
    for _ in range(60):
        changed = consistent([*texts[:2], _altered(texts[2], chance)])
        assert verified(tmp_path, changed) == 1
        capsys.readouterr()


def test_it_sees_faults_that_the_checker_sees(tmp_path, capsys):
    """Any numbers of places, with objectives that are right: both say the same of them."""
    chance = random.Random(4)
    seen = 0
    for number in range(120):
        one = drawn(number, people=4, shows=3)
        grants = some(one, number)
        if number % 2:
            changed = chance.choice(list(grants))
            grants[changed] = chance.randint(0, 3)
        if number % 4 == 0:
            one = complement(one, grants, s101=1)
        is_right = not (
            check.problems(one, grants)
            or check.wasted(one, grants)
            or check.improving_swaps(one, grants)
        )
        assert (verified(tmp_path, published(one, outcome(one, grants))) == 0) is is_right
        capsys.readouterr()
        seen += is_right
    assert seen > 5


def test_it_tells_whose_keys_they_are(tmp_path, capsys):
    """Under the number 1 is the account 40."""
    one = instance({ADA: {}, BOB: {}}, {A: 1, B: 1}, [(ADA, A, 1), (BOB, B, 1)])
    key = f"{draw.key(seed=SEED, season=7, person=40, show=A):064x}"
    one = replace(one, wishes=(replace(one.wishes[0], key=key), one.wishes[1]))
    texts = published(one, best(one))
    texts[1] = one.canonical()
    texts = consistent(texts)
    keyed = outcome(one, {(ADA, A): 1, (BOB, B): 1})
    weights = [draw.weight(value) for value in one.keys(SEED).values()]
    told = (
        *keyed.objectives[:3],
        replace(keyed.objectives[3], value=sum(weights), bound=sum(weights)),
    )
    texts = consistent([*texts[:2], replace(keyed, objectives=told).canonical()])
    assert verified(tmp_path, texts, "--me", "40", "1") == 0
    assert verified(tmp_path, texts, "--me", "41", "1") == 1
    assert verified(tmp_path, texts, "--me", "40", "9") == 1
    assert "aucun vœu sous le pseudonyme 9" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["", "[]", "{}", "nothing", '{"seed": 1}', "[" * 100])
def test_what_cannot_be_read_is_no_season(tmp_path, capsys, text):
    one = drawn(2, people=4)
    texts = published(one, classic.share(one, SEED))
    for rank in range(3):
        assert verified(tmp_path, [*texts[:rank], text, *texts[rank + 1 :]]) == 2
    assert "ILLISIBLE" in capsys.readouterr().out
