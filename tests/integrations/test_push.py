"""Web push: where messages go, what they are to who carries them, and all that may be answered."""

import socket
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
import time_machine

from app.integrations.push import (
    Answer,
    BadEndpoint,
    BadKeys,
    Done,
    Fate,
    Line,
    Message,
    Parcel,
    PushService,
    Round,
    make_pair,
    make_push,
    read_device,
)
from app.integrations.push.addresses import is_public
from app.settings import VapidSettings
from tests.conftest import settings_of
from tests.push_service import (
    APPLE,
    GOOGLE,
    MOZILLA,
    Browser,
    FakeService,
    base64url,
    listening,
    says,
    towards,
)

pytestmark = pytest.mark.once

EVENING = datetime(2026, 3, 14, 20, tzinfo=UTC)


@pytest.fixture
def service() -> Iterator[FakeService]:
    with listening() as service:
        yield service


@pytest.fixture
def push(service: FakeService, tmp_path: Path) -> PushService:
    return towards(service, tmp_path)


def message(browser: Browser, body: bytes = b'{"id":1}', topic: str = "n1") -> Message:
    return Message(endpoint=browser.endpoint, **browser.keys, body=body, topic=topic)


def send(push: PushService, *browsers: Browser) -> list[Answer]:
    with Line(push) as line:
        return [line.send(message(one)) for one in browsers]


def test_a_message_is_sealed_for_the_device_and_signed_for_the_service(
    service: FakeService, push: PushService
) -> None:
    browser = Browser()

    assert send(push, browser) == [Answer(Fate.sent)]

    (told,) = service.told
    assert (told.host, told.path) == (MOZILLA, browser.path)
    assert browser.opened(told.body) == {"id": 1}
    assert b'"id"' not in told.body
    wanted = {"TTL": "86400", "Urgency": "high", "Topic": "n1", "Content-Encoding": "aes128gcm"}
    assert wanted.items() <= told.headers.items()
    assert told.claims["aud"] == f"https://{MOZILLA}"
    assert told.claims["sub"] == "mailto:gri@example.org"
    assert 0 < told.claims["exp"] - time.time() <= 12 * 3600
    assert f"k={push.public_key}" in told.headers["Authorization"]


def test_claims_are_made_once_for_each_service_and_connections_serve_again(
    service: FakeService, push: PushService
) -> None:
    browsers = [Browser(host=host, path=f"/{n}") for n in range(4) for host in (MOZILLA, GOOGLE)]

    send(push, *browsers)

    claims = {one.headers["Authorization"] for one in service.told}
    assert len(service.told) == 8
    assert len(claims) == service.connections == 2


def test_a_connection_that_was_ended_meanwhile_is_made_anew(
    service: FakeService, push: PushService
) -> None:
    def last(handler: BaseHTTPRequestHandler) -> None:
        says(201)(handler)
        handler.close_connection = True  # unlike what the answer says

    service.answers[MOZILLA] = last

    assert [one.fate for one in send(push, Browser(), Browser(path="/2"))] == [Fate.sent] * 2


@pytest.mark.parametrize(
    ("answer", "fate"),
    [
        *((says(status), Fate.sent) for status in (200, 201, 202)),
        *((says(status), Fate.gone) for status in (404, 410)),
        *((says(status), Fate.refused) for status in (400, 401, 403, 413)),
        *((says(status), Fate.failed) for status in (500, 502, 503, 418)),
        (says(429, Retry_After="7"), Fate.later),
        (says(503, Retry_After="7"), Fate.later),
    ],
)
def test_each_answer_means_one_thing(
    service: FakeService, push: PushService, answer: Any, fate: Fate
) -> None:
    service.answers[MOZILLA] = answer

    (answered,) = send(push, Browser())

    assert answered.fate is fate
    assert answered.seconds == (7 if fate is Fate.later else 0)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120),
        ("0", 1),
        ("999999", 3600),
        ("Sat, 14 Mar 2026 20:02:00 GMT", 120),
        ("Sat, 14 Mar 2026 19:00:00 GMT", 1),
        ("demain", 60),
        ("-5", 60),
        ("", 60),
    ],
)
def test_a_service_says_when_to_come_back(
    service: FakeService, push: PushService, said: str, seconds: float
) -> None:
    service.answers[MOZILLA] = says(429, Retry_After=said)
    with time_machine.travel(EVENING, tick=False):
        (answered,) = send(push, Browser())

    assert answered.seconds == seconds


def test_no_redirection_is_followed(service: FakeService, push: PushService) -> None:
    service.answers[MOZILLA] = says(307, Location=f"https://{GOOGLE}/inside")

    (answered,) = send(push, Browser())

    assert answered.fate is Fate.failed
    assert service.paths() == ["/wpush/v2/1"]


def drips(handler: BaseHTTPRequestHandler) -> None:
    """Answer a letter from time to time, and never end."""
    for _ in range(200):
        handler.wfile.write(b"H")
        handler.wfile.flush()
        time.sleep(0.05)


def test_nobody_is_waited_for_longer_than_agreed(service: FakeService, tmp_path: Path) -> None:
    push = towards(service, tmp_path, patience=0.4)
    service.answers |= {MOZILLA: service.hangs, GOOGLE: drips}
    begun = time.monotonic()

    answers = send(push, Browser(), Browser(host=GOOGLE))

    assert [one.fate for one in answers] == [Fate.hung, Fate.hung]
    assert time.monotonic() - begun < 3


def test_a_service_that_says_nothing_at_all_is_not_waited_for(tmp_path: Path) -> None:
    with listening() as service, socket.create_server(("127.0.0.1", 0)) as silent:
        push = towards(service, tmp_path, patience=0.4, port=silent.getsockname()[1])
        begun = time.monotonic()

        (answered,) = send(push, Browser())

    assert answered.fate is Fate.hung
    assert time.monotonic() - begun < 3


def test_a_service_that_is_not_there_may_be_later(service: FakeService, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]

    assert send(towards(service, tmp_path, port=port), Browser())[0].fate is Fate.failed


@pytest.mark.parametrize("names", [("elsewhere.example.org",), (MOZILLA,)])
def test_who_answers_must_be_who_was_asked(tmp_path: Path, names: tuple[str, ...]) -> None:
    with listening(*names) as service:
        trust = ssl.create_default_context
        fields = {"make_tls": trust} if names == (MOZILLA,) else {}

        (answered,) = send(towards(service, tmp_path, **fields), Browser())

    assert answered == Answer(Fate.failed, "no answer: SSLCertVerificationError")
    assert service.told == []


BAD = [
    "http://127.0.0.1:5432",
    "https://169.254.169.254/",
    "https://[::1]/",
    "https://127.0.0.1/",
    "http://fcm.googleapis.com/fcm/send/1",
    "https://fcm.googleapis.com:8443/fcm/send/1",
    "https://fcm.googleapis.com:0443443/x",
    "https://user@fcm.googleapis.com/x",
    "https://fcm.googleapis.com@evil.example/x",
    "https://fcm.googleapis.com\\@evil.example/x",
    "https://fcm.googleapis.com/x#y",
    "https://fcm.googleapis.com",
    "https://fcm.googleapis.com./x",
    "https://evil-fcm.googleapis.com/x",
    "https://evil.example/fcm.googleapis.com",
    "https://push.services.mozilla.com.evil.example/",
    "https://push.services.mozilla.com/x",
    "https://notify.windows.com/x",
    "https://.notify.windows.com/x",
    "https://fcm.googleapis.com/a b",
    "https://fcm.googleapis.com/a\r\nHost: evil.example",
    "https://fcm.googleapis.com/é",
    "https://ｆcm.googleapis.com/x",
    "javascript:alert(1)",
    "",
    "https://fcm.googleapis.com/" + "x" * 1024,
]


@pytest.mark.parametrize("address", BAD)
def test_an_address_that_is_no_known_service_is_neither_taken_nor_asked(
    service: FakeService, push: PushService, address: str
) -> None:
    with pytest.raises(BadEndpoint):
        push.check_endpoint(address)
    with Line(push) as line:
        sent = line.send(Message(endpoint=address, **Browser().keys, body=b"{}", topic="n1"))

    assert sent.fate is Fate.refused
    assert service.connections == 0


@pytest.mark.parametrize(
    "address",
    [
        "https://fcm.googleapis.com/fcm/send/abc:DEF-_~!$&'()*+,;=@%2F?a=b",
        "https://FCM.googleapis.com:443/x",
        "https://web.push.apple.com/QGz",
        "https://eu.push.services.mozilla.com/wpush/v1/x",
        "https://wns2-par02p.notify.windows.com/w/?token=BQ%3d",
    ],
)
def test_the_services_of_browsers_are_known(push: PushService, address: str) -> None:
    assert push.check_endpoint(address).path.startswith("/")


INSIDE = [
    *("127.0.0.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "0.0.0.0"),
    *("100.64.0.1", "192.0.2.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fd00::1"),
    *("ff02::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "2002:a00:1::", "64:ff9b::a00:1"),
    *("2001:db8::1", "fe80::1%eth0", "localhost", ""),
]


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_of_the_inside_is_never_connected_to(
    service: FakeService, tmp_path: Path, address: str
) -> None:
    found = ("8.8.8.8", address)
    push = towards(service, tmp_path, is_public=is_public, resolve=lambda _: found)

    with pytest.raises(BadEndpoint):
        push.check_endpoint(Browser().endpoint)

    assert send(push, Browser())[0].fate is Fate.failed
    assert service.connections == 0


@pytest.mark.parametrize("address", ["8.8.8.8", "2a00:1450:4007::1", "::ffff:8.8.8.8"])
def test_an_address_of_the_internet_is_one(address: str) -> None:
    assert is_public(address)


def test_a_host_that_nobody_finds_is_taken_now_and_tried_later(
    service: FakeService, tmp_path: Path
) -> None:
    def lost(_host: str) -> tuple[str, ...]:
        raise socket.gaierror

    push = towards(service, tmp_path, resolve=lost)

    assert push.check_endpoint(Browser().endpoint).host == MOZILLA
    assert send(push, Browser())[0].fate is Fate.failed


def test_a_host_is_looked_for_once_and_asked_at_the_address_that_was_checked(
    service: FakeService, tmp_path: Path
) -> None:
    asked: list[str] = []

    def turncoat(host: str) -> tuple[str, ...]:
        asked.append(host)
        return ("127.0.0.1",) if len(asked) == 1 else ("127.0.0.2",)

    push = towards(service, tmp_path, resolve=turncoat)

    answers = send(push, *(Browser(path=f"/{n}") for n in range(3)))

    assert {one.fate for one in answers} == {Fate.sent}
    assert asked == [MOZILLA]


@pytest.mark.parametrize(
    "keys",
    [
        {"p256dh": ""},
        {"p256dh": "é"},
        {"p256dh": base64url(b"\x04" + b"\x01" * 64)},  # not on the curve
        {"p256dh": base64url(b"\x04" * 64)},
        {"auth": base64url(b"x" * 15)},
        {"auth": base64url(b"x" * 17)},
        {"auth": "AAAAA"},
        {"auth": "=" * 22},
    ],
)
def test_keys_that_are_no_browser_s_seal_nothing(
    service: FakeService, push: PushService, keys: dict[str, str]
) -> None:
    given = Browser().keys | keys
    with pytest.raises(BadKeys):
        read_device(**given)
    with Line(push) as line:
        sent = line.send(Message(endpoint=Browser().endpoint, **given, body=b"{}", topic="n1"))

    assert sent.fate is Fate.refused
    assert service.told == []


def test_padding_changes_nothing_of_a_key() -> None:
    keys = Browser().keys

    assert read_device(keys["p256dh"] + "=", keys["auth"] + "==").p256dh == keys["p256dh"]


def collect(sending: Round) -> dict[int, Answer]:
    found: dict[int, Answer] = {}
    while sending.held:
        found |= {one.parcel.number: one.answer for one in sending.collect(1)}
    return found | {one.parcel.number: one.answer for one in sending.collect(0)}


def test_a_service_that_hangs_keeps_nobody_else_waiting(
    service: FakeService, tmp_path: Path
) -> None:
    push = towards(service, tmp_path, patience=2.5)
    service.answers[MOZILLA] = service.hangs
    hosts = [MOZILLA] * 40 + [GOOGLE] * 30 + [APPLE] * 30
    parcels = [Parcel(n, message(Browser(host, f"/{n}"))) for n, host in enumerate(hosts)]
    done: list[Done] = []

    with Round(push) as sending:
        sending.give(parcels)
        while sending.held:
            done += sending.collect(1)
        done += sending.collect(0)

    assert [one.answer.fate for one in done[:60]] == [Fate.sent] * 60
    assert {one.answer.fate for one in done[60:]} == {Fate.hung, Fate.put_off}
    assert len(done) == 100
    assert 3 <= len([told for told in service.told if told.host == MOZILLA]) <= 6
    assert sending.closed.keys() == {MOZILLA}


def test_a_service_that_has_enough_is_asked_nothing_more(
    service: FakeService, push: PushService
) -> None:
    service.answers[MOZILLA] = says(429, Retry_After="90")
    parcels = [Parcel(n, message(Browser(MOZILLA, f"/{n}"))) for n in range(30)]

    with Round(push) as sending:
        sending.give(parcels)
        answers = collect(sending)
        sending.give([Parcel(99, message(Browser()))])
        late = sending.collect(0)

    fates = [answer.fate for answer in answers.values()]
    assert len(service.told) == fates.count(Fate.later) <= 12
    assert fates.count(Fate.put_off) == 30 - len(service.told)
    assert {answer.seconds for answer in answers.values()} == {90}
    assert [one.answer.fate for one in late] == [Fate.put_off]


def test_what_nobody_began_to_send_is_taken_back(service: FakeService, push: PushService) -> None:
    service.answers[MOZILLA] = service.hangs
    parcels = [Parcel(n, message(Browser(MOZILLA, f"/{n}"))) for n in range(10)]

    with Round(push) as sending:
        sending.give(parcels)
        back = sending.take_back()
        service.over.set()
        answers = collect(sending)

    assert {one.number for one in back} | answers.keys() == set(range(10))
    assert len(answers) == 6


def test_without_keys_nothing_rings() -> None:
    assert not make_push(settings_of("sqlite://")).is_on


def test_a_key_that_is_not_the_one_browsers_know_signs_nothing(tmp_path: Path) -> None:
    public = make_pair(tmp_path / "other.pem")
    make_pair(tmp_path / "vapid.pem")
    vapid = VapidSettings(public_key=public, private_key_path=tmp_path / "vapid.pem")
    push = make_push(settings_of("sqlite://", vapid=vapid))

    assert push.is_on
    with pytest.raises(ValueError, match="VAPID_PUBLIC_KEY"):
        Line(push)


def test_a_pair_is_made_once_and_its_private_key_is_ours_alone(tmp_path: Path) -> None:
    path = tmp_path / "vapid.pem"
    public = make_pair(path)

    assert path.stat().st_mode & 0o777 == 0o600
    assert VapidSettings(public_key=public, private_key_path=path).is_set
    with pytest.raises(FileExistsError):
        make_pair(path)
