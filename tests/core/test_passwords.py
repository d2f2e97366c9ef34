"""What is kept of passwords."""

import threading
import time

import pytest
from argon2 import extract_parameters
from argon2.low_level import Type

from app.core import passwords

pytestmark = pytest.mark.once

KEPT = passwords.hashed("Crêpe à l'envers")


def test_what_is_kept_opens_for_its_password_alone() -> None:
    assert passwords.matches("Crêpe à l'envers", KEPT)
    assert not passwords.matches("crêpe à l'envers", KEPT)


def test_a_password_is_the_same_however_its_accents_are_typed() -> None:
    assert passwords.matches("Cre\u0302pe a\u0300 l'envers", KEPT)


@pytest.mark.parametrize("kept", [None, "nonsense", "$argon2id$v=19$", "pbkdf2:sha256:x$y$z"])
def test_what_is_no_hash_of_ours_opens_for_nobody(kept: str | None) -> None:
    assert not passwords.matches("the password of no one", kept)
    assert not passwords.matches("", kept)


def test_an_endless_password_is_refused_without_being_hashed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[int] = []

    class Hasher:
        def verify(self, kept: str, password: str) -> bool:
            seen.append(len(password))
            return True

    monkeypatch.setattr(passwords, "_hasher", Hasher())

    assert not passwords.matches("a" * 10**6, KEPT)
    assert seen == [0]  # as long as for anybody, yet of nothing


def test_a_hash_costs_what_the_specification_says() -> None:
    parameters = extract_parameters(KEPT)

    assert parameters.type is Type.ID
    assert 19 * 1024 <= parameters.memory_cost <= 64 * 1024
    assert not passwords.is_outdated(KEPT)


def test_nobody_s_hash_costs_what_the_others_do() -> None:
    assert not passwords.is_outdated(passwords._NOBODYS)


def test_a_hash_made_with_other_settings_is_outdated() -> None:
    assert passwords.is_outdated(KEPT.replace("t=3", "t=2"))


def test_two_people_with_one_password_have_two_hashes() -> None:
    assert passwords.hashed("Crêpe à l'envers") != KEPT


def test_four_hashes_at_most_are_made_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    at_once, most, lock = 0, 0, threading.Lock()
    let_go = threading.Event()

    class Hasher:
        def hash(self, _password: str) -> str:
            nonlocal at_once, most
            with lock:
                at_once += 1
                most = max(most, at_once)
                if at_once == 4:
                    let_go.set()
            let_go.wait(5)
            with lock:
                at_once -= 1
            return "hash"

    monkeypatch.setattr(passwords, "_hasher", Hasher())
    workers = [threading.Thread(target=passwords.hashed, args=("x",)) for _ in range(12)]

    begun = time.monotonic()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert most == 4
    assert time.monotonic() - begun < 5


def test_an_empty_hash_opens_nothing() -> None:
    assert not passwords.matches("the password of no one", "")
    assert not passwords.matches("the password of no one", None)


def test_a_password_is_measured_once_normalised() -> None:
    decomposed = "e\N{COMBINING ACUTE ACCENT}" * 128
    assert passwords.is_measured(decomposed)
    assert not passwords.is_measured("e" * 129)
