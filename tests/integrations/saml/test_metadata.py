"""Who the identity provider is: what its metadata must say, and where they are read."""

import logging
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from app.core import clock
from app.integrations.saml import MetadataRefused, ServiceProvider, metadata
from app.integrations.saml.metadata import Rules
from tests.integrations.saml.conftest import Door
from tests.saml.forge import IDP, Forge
from tests.saml.keys import expired, pair

pytestmark = pytest.mark.once

Make = Callable[..., ServiceProvider]
RULES = Rules(entity=None, allows_http=False)
MD = "urn:oasis:names:tc:SAML:2.0:metadata"
GOOD = Forge().metadata()


def federation(*entities: bytes) -> bytes:
    """The metadata of several."""
    start = f'<md:EntitiesDescriptor xmlns:md="{MD}" ID="_all">'
    return start.encode() + b"".join(entities) + b"</md:EntitiesDescriptor>"


def without(text: str, *, in_place: str = "") -> bytes:
    assert text.encode() in GOOD
    return GOOD.replace(text.encode(), in_place.encode())


OTHER = Forge(entity="https://other.example/idp").metadata()
SERVICE = f'<md:EntityDescriptor xmlns:md="{MD}" entityID="urn:sp"/>'.encode()
BAD: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "not well-formed"),
    "garbage": (b"\x00\xff garbage", "not UTF-8"),
    "a page": (b"<html></html>", "not metadata"),
    "truncated": (GOOD[: len(GOOD) // 2], "not well-formed"),
    "too long": (GOOD + b" " * metadata.LONGEST, "too long"),
    "DOCTYPE": (b"<!DOCTYPE x>" + GOOD, "DOCTYPE"),
    "nobody": (federation(), "no identity provider"),
    "a service": (federation(SERVICE), "no identity provider"),
    "two providers": (federation(GOOD, OTHER), "several identity providers"),
    "no name": (without(IDP, in_place=""), "no name"),
    "long name": (without(IDP, in_place="x" * 256), "no name"),
    "log-in in clear": (
        Forge(login_url="http://idp.example.org/login").metadata(),
        "no place to log in over https, by redirection",
    ),
    "log-in by script": (
        Forge(login_url="javascript:alert(1)").metadata(),
        "no place to log in over https, by redirection",
    ),
    "log-in at nobody's": (
        Forge(login_url="https:///login").metadata(),
        "no place to log in over https, by redirection",
    ),
    "log-in with blanks": (
        Forge(login_url="https://idp.example.org/a b").metadata(),
        "no place to log in over https, by redirection",
    ),
    "log-in by post only": (
        without("bindings:HTTP-Redirect", in_place="bindings:HTTP-Artifact"),
        "no place to log in over https, by redirection",
    ),
    "no certificate": (without(pair("idp").body), "no signing certificate that is not expired"),
    "certificate for ciphering": (
        without('use="signing"', in_place='use="encryption"'),
        "no signing certificate that is not expired",
    ),
    "certificate that is none": (
        without(pair("idp").body, in_place="MIIBIjANBg"),
        "no signing certificate that is not expired",
    ),
    "certificate expired": (
        Forge().metadata(certificates=(expired("old"),)),
        "no signing certificate that is not expired",
    ),
    "key too short": (
        Forge().metadata(certificates=(pair("short", bits=1024),)),
        "no signing certificate that is not expired",
    ),
    "expired": (Forge().metadata(valid_until="2020-01-01T00:00:00Z"), "expired"),
    "expired at no time": (Forge().metadata(valid_until="soon"), "validUntil is no instant"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_metadata_are_refused_for_their_fault(name: str) -> None:
    data, reason = BAD[name]

    with pytest.raises(MetadataRefused) as refused:
        metadata.parse(data, RULES, now=clock.now())

    assert str(refused.value) == reason


def test_good_metadata_tell_who_is_asked() -> None:
    found = metadata.parse(GOOD, RULES, now=clock.now())

    assert found.entity == IDP
    assert found.login_url == "https://idp.example.org/login"
    assert found.certificates_at(clock.now()) == (pair("idp").certificate,)
    assert found.good_until == datetime(2060, 1, 1, tzinfo=UTC)


def test_a_key_of_no_stated_use_signs() -> None:
    assert metadata.parse(without(' use="signing"'), RULES, now=clock.now())


def test_only_good_certificates_count() -> None:
    certificates = (expired("old"), pair("short", bits=1024), pair("idp"), pair("idp-next"))
    found = metadata.parse(Forge().metadata(certificates=certificates), RULES, now=clock.now())

    good = [pair("idp").certificate, pair("idp-next").certificate]
    assert list(found.certificates_at(clock.now())) == good


def test_the_one_expected_is_found_among_many() -> None:
    rules = Rules(entity=IDP, allows_http=False)

    assert metadata.parse(federation(OTHER, SERVICE, GOOD), rules, now=clock.now()).entity == IDP
    with pytest.raises(MetadataRefused, match=f"no identity provider called {IDP}"):
        metadata.parse(federation(OTHER), rules, now=clock.now())
    with pytest.raises(MetadataRefused, match="several"):
        metadata.parse(federation(GOOD, GOOD), rules, now=clock.now())


def test_the_end_of_a_federation_is_that_of_its_members() -> None:
    soon = clock.now() + timedelta(hours=1)
    data = federation(GOOD).replace(b'ID="_all"', f'validUntil="{soon:%FT%TZ}"'.encode())

    found = metadata.parse(data, RULES, now=clock.now())

    assert found.good_until == soon.replace(microsecond=0)
    assert not found.is_good_at(soon)


def test_a_log_in_in_clear_is_for_developers() -> None:
    data = Forge(login_url="http://127.0.0.1:8000/login").metadata()

    assert metadata.parse(data, Rules(entity=None, allows_http=True), now=clock.now())


# where they are read


def age(path: Path) -> None:
    """Have a file look changed, however fast the test is."""
    os.utime(path, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns + 10**9))


def test_a_file_is_read_again_when_it_changes(make: Make, tmp_path: Path) -> None:
    service = make(b"garbage")
    assert not service.is_available

    (tmp_path / "idp.xml").write_bytes(GOOD)
    age(tmp_path / "idp.xml")

    assert service.is_available


@pytest.mark.parametrize("bad", [b"garbage", GOOD[:300], BAD["certificate expired"][0]])
def test_what_is_worse_changes_nothing(
    make: Make, tmp_path: Path, bad: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    service = make(GOOD)
    assert service.is_available

    (tmp_path / "idp.xml").write_bytes(bad)
    age(tmp_path / "idp.xml")

    with caplog.at_level(logging.WARNING):
        assert service.is_available
        assert service.is_available
    assert len(caplog.messages) == 1  # it is not read at each page

    (tmp_path / "idp.xml").unlink()
    assert service.is_available


def test_a_provider_whose_time_is_over_is_not_asked(make: Make) -> None:
    service = make(Forge().metadata(valid_until=f"{clock.now() + timedelta(hours=1):%FT%TZ}"))
    assert service.is_available

    with time_machine.travel(clock.now() + timedelta(hours=2)):
        assert not service.is_available
        known = service.last_provider
        assert known is not None
        assert known.entity == IDP


def test_a_key_whose_time_is_to_come_is_waited_for(make: Make) -> None:
    begins = clock.now().replace(microsecond=0) + timedelta(hours=1)
    service = make(Forge().metadata(certificates=(pair("to-come", begins=begins),)))
    assert not service.is_available

    with time_machine.travel(begins + timedelta(minutes=2)):
        assert service.is_available


def test_keys_of_a_roll_over_are_both_good(door: Door) -> None:
    for name in ("idp", "idp-next"):
        assert door.read(door.respond(keys=pair(name)))
    assert door.refusal(door.respond(keys=pair("idp-after"))) == "wrong signature"


def test_a_key_whose_time_is_over_signs_nothing_any_more(make: Make) -> None:
    ends = clock.now().replace(microsecond=0) + timedelta(hours=1)
    old = pair("rolling", ends=ends)
    forge = Forge(keys=old)
    here = Door(make(forge.metadata(certificates=(old, pair("idp-next")))), forge)

    assert here.read(here.respond())
    later = ends + timedelta(minutes=1)
    assert here.refusal(here.respond(now=later), now=later) == "wrong signature"


def test_nothing_is_believed_without_metadata(make: Make, door: Door) -> None:
    nobody: Any = Door(make(b"garbage"), door.forge)

    assert nobody.refusal(nobody.respond()) == "no identity provider is known"
