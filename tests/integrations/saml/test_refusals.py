"""What a response must satisfy (network-a 4.3): each line of it, broken and kept."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lxml import etree

from app.core import clock
from app.integrations.saml import SamlCancelled
from tests.integrations.saml.conftest import REQUEST, Door
from tests.saml.changes import (
    ASSERTION,
    ATTRIBUTES,
    AUTHENTICATION,
    BEARER,
    BEARER_DATA,
    CONDITIONS,
    add,
    all_of,
    attribute,
    double,
    drop,
    put,
    say,
    take,
)
from tests.saml.forge import IDP, SUCCESS, encoded, instant, sign_with
from tests.saml.keys import pair

pytestmark = pytest.mark.once

#: A moment in the middle of the life of every key: the clock of these tests.
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
STATUS = "urn:oasis:names:tc:SAML:2.0:status:"
TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
SHA1 = "http://www.w3.org/2000/09/xmldsig#sha1"


def at(**offset: float) -> datetime:
    return NOW + timedelta(**offset)


def written(door: Door, **parts: Any) -> bytes:
    """A response, not encoded yet."""
    return base64.b64decode(door.respond(**parts))


def times(**when: datetime) -> dict[str, Any]:
    return {"times": when}


#: What is wrong with a response: how it is made, and why it must be refused.
BAD: dict[str, tuple[dict[str, Any], str]] = {
    # 1: one assertion, status Success
    "no assertion": ({"before": drop(ASSERTION), "sign": "message"}, "not one assertion"),
    "two assertions": ({"before": double(ASSERTION), "sign": "nothing"}, "not one assertion"),
    "an assertion aside": (
        {"after": add(ATTRIBUTES, '<saml:Assertion ID="_x" Version="2.0"/>')},
        "not one assertion",
    ),
    "no status": ({"before": drop("samlp:Status")}, "no status"),
    "status of a wrong request": ({"status": [f"{STATUS}Requester"]}, "status Requester"),
    "status of a wrong version": (
        {"status": [f"{STATUS}VersionMismatch"]},
        "status VersionMismatch",
    ),
    "status unknown": ({"status": ["urn:x"]}, "status unknown"),
    "success, but not quite": (
        {"before": put("samlp:Status/samlp:StatusCode", "Value", "success")},
        "status success",
    ),
    "SAML 1.1": ({"before": put("", "Version", "1.1")}, "not a response"),
    "no identifier": ({"before": take("", "ID")}, "not a response"),
    # 2: signature
    "nothing signed": ({"sign": "nothing"}, "not signed"),
    "message signed alone": ({"sign": "message"}, "not signed"),
    "signed by a stranger": ({"keys": pair("stranger")}, "wrong signature"),
    "message signed by a stranger": (
        {"after": lambda root: sign_with(root, pair("stranger"))},
        "wrong signature",
    ),
    "SHA-1": ({"algorithm": "sha1"}, "weak signature"),
    "SHA-1 digest": (
        {"after": put(f"{ASSERTION}/ds:Signature//ds:DigestMethod", "Algorithm", SHA1)},
        "weak signature",
    ),
    "signature of an elliptic curve": (
        {
            "after": put(
                f"{ASSERTION}/ds:Signature//ds:SignatureMethod",
                "Algorithm",
                "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
            )
        },
        "weak signature",
    ),
    "signed with a password": (
        {
            "after": put(
                f"{ASSERTION}/ds:Signature//ds:SignatureMethod",
                "Algorithm",
                "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
            )
        },
        "weak signature",
    ),
    "signature of the whole document": (
        {"after": put(f"{ASSERTION}/ds:Signature//ds:Reference", "URI", "")},
        "signature of another element",
    ),
    "signature of the response in the assertion": (
        {"after": put(f"{ASSERTION}/ds:Signature//ds:Reference", "URI", "#_other")},
        "signature of another element",
    ),
    "signature of two things": (
        {"after": double(f"{ASSERTION}/ds:Signature//ds:Reference")},
        "signature of an unexpected shape",
    ),
    "signature with an object": (
        {"after": add(f"{ASSERTION}/ds:Signature", "<ds:Object/>")},
        "signature of an unexpected shape",
    ),
    "signature through XPath": (
        {
            "after": add(
                f"{ASSERTION}/ds:Signature//ds:Transforms",
                '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"/>',
            )
        },
        "signature with unexpected transforms",
    ),
    "signature of comments": (
        {
            "after": put(
                f"{ASSERTION}/ds:Signature//ds:CanonicalizationMethod",
                "Algorithm",
                "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
            )
        },
        "signature of an unexpected shape",
    ),
    "signature of what stands around": (
        {
            "after": put(
                f"{ASSERTION}/ds:Signature//ds:Transform[2]",
                "Algorithm",
                "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
            )
        },
        "signature with unexpected transforms",
    ),
    "signed twice": ({"after": double(f"{ASSERTION}/ds:Signature")}, "signed twice"),
    "signature out of place": (
        {"after": lambda root: root[1].append(root.find(".//{*}Signature"))},
        "signature out of place",
    ),
    "changed once signed": ({"after": say(attribute("sn") + "/*", "Byron")}, "wrong signature"),
    "one identifier for two": (
        {"before": lambda root: root[-1].set("ID", root.get("ID"))},
        "identifier used twice",
    ),
    # 3: issuer, audience
    "another issuer": ({"issuer": "https://evil.example/idp"}, "wrong issuer"),
    "another issuer of the response": (
        {"before": say("saml:Issuer", "https://evil.example/idp")},
        "wrong issuer of the response",
    ),
    "issuer in capitals": ({"issuer": IDP.upper()}, "wrong issuer"),
    "no audience": ({"audiences": ()}, "no audience"),
    "no restriction of audience": (
        {"before": drop(f"{CONDITIONS}/saml:AudienceRestriction")},
        "no audience",
    ),
    "another audience": ({"audiences": ["https://evil.example/sp"]}, "wrong audience"),
    "audience that begins alike": (
        {"audiences": ["https://pc-est-magique.fr/saml/metadata/x"]},
        "wrong audience",
    ),
    "two restrictions, one not ours": (
        {
            "before": add(
                CONDITIONS,
                "<saml:AudienceRestriction><saml:Audience>urn:x</saml:Audience>"
                "</saml:AudienceRestriction>",
            )
        },
        "wrong audience",
    ),
    # 4: destination, recipient
    "no destination": ({"before": take("", "Destination")}, "wrong destination"),
    "another destination": (
        {"destination": "http://evil.example/saml/acs"},
        "wrong destination",
    ),
    "destination that goes on": (
        {"destination": "http://localhost/saml/acs/x"},
        "wrong destination",
    ),
    "destination with a query": (
        {"destination": "http://localhost/saml/acs?x=1"},
        "wrong destination",
    ),
    "destination of another case": (
        {"destination": "http://localhost/SAML/acs"},
        "wrong destination",
    ),
    "no recipient": ({"before": take(BEARER_DATA, "Recipient")}, "bearer: wrong recipient"),
    "another recipient": (
        {"recipient": "http://evil.example/saml/acs"},
        "bearer: wrong recipient",
    ),
    "recipient that holds ours": (
        {"recipient": "http://evil.example/?http://localhost/saml/acs"},
        "bearer: wrong recipient",
    ),
    "for the site of someone else": (
        {
            "destination": "http://evil.example/saml/acs",
            "recipient": "http://evil.example/saml/acs",
        },
        "wrong destination",
    ),
    # 5: solicited
    "unsolicited": (
        {
            "before": all_of(take("", "InResponseTo"), take(BEARER_DATA, "InResponseTo")),
        },
        "unsolicited",
    ),
    "answer to another request": (
        {"before": put("", "InResponseTo", "_other")},
        "not the answer to this request",
    ),
    "bearer of another request": (
        {"before": put(BEARER_DATA, "InResponseTo", "_other")},
        "bearer: not the answer to this request",
    ),
    "bearer of no request": (
        {"before": take(BEARER_DATA, "InResponseTo")},
        "bearer: not the answer to this request",
    ),
    # 6: bearer, times
    "no confirmation": ({"before": drop(BEARER)}, "not one bearer"),
    "holder of a key": (
        {"before": put(BEARER, "Method", "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key")},
        "not one bearer",
    ),
    "two bearers": ({"before": double(BEARER)}, "not one bearer"),
    "bearer without data": ({"before": drop(BEARER_DATA)}, "bearer: no data"),
    "bearer without an end": (
        {"before": take(BEARER_DATA, "NotOnOrAfter")},
        "bearer: no end",
    ),
    "bearer too late": (times(bearer_ends=at(seconds=0)), "bearer: expired"),
    "bearer for long": (times(bearer_ends=at(minutes=5, seconds=1)), "bearer: ends too late"),
    "bearer too early": (
        {"before": put(BEARER_DATA, "NotBefore", instant(at(seconds=1)))},
        "bearer: too early",
    ),
    "no conditions": ({"before": drop(CONDITIONS)}, "no conditions"),
    "two conditions": ({"before": double(CONDITIONS)}, "no conditions"),
    "conditions of 61 s ago": (times(ends=at(seconds=-61)), "conditions: expired"),
    "conditions in 61 s": (times(begins=at(seconds=61)), "conditions: too early"),
    "condition that nobody knows": (
        {
            "before": add(
                CONDITIONS,
                '<saml:Condition xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
                ' xmlns:x="urn:x" xsi:type="x:Delegation"/>',
            )
        },
        "unknown condition",
    ),
    "issued in the future": (times(issued=at(seconds=61)), "issued in the future"),
    "logged in long ago": (times(logged_in=at(hours=-12, seconds=-1)), "logged in long ago"),
    "logged in in the future": (times(logged_in=at(seconds=61)), "logged in in the future"),
    "no authentication": ({"before": drop(AUTHENTICATION)}, "not one authentication"),
    "two authentications": ({"before": double(AUTHENTICATION)}, "not one authentication"),
    "session over": (
        {"before": put(AUTHENTICATION, "SessionNotOnOrAfter", instant(NOW))},
        "session over",
    ),
    "time of no zone": (
        {"before": put(CONDITIONS, "NotOnOrAfter", "2026-11-29T12:10:00")},
        "NotOnOrAfter is no instant",
    ),
    "time that is none": (
        {"before": put(CONDITIONS, "NotOnOrAfter", "2026-13-41T12:10:00Z")},
        "NotOnOrAfter is no instant",
    ),
    # 8: attributes
    **{
        f"no {name}": ({"before": drop(attribute(name))}, f"no {name}")
        for name in ("givenName", "sn", "mail", "authorizedService")
    },
    **{
        f"two {name}": ({"before": double(attribute(name))}, "attribute given twice")
        for name in ("givenName", "sn", "mail", "authorizedService")
    },
    "another attribute twice": (
        {
            "before": all_of(
                add(ATTRIBUTES, '<saml:Attribute Name="uid"/>'),
                add(ATTRIBUTES, '<saml:Attribute Name="uid"/>'),
            )
        },
        "attribute given twice",
    ),
    "mail under two of its names": (
        {"attributes": {"urn:oid:0.9.2342.19200300.100.1.3": ["x@evil.fr"]}},
        "attribute given twice",
    ),
    "mail in another statement": (
        {
            "before": add(
                ASSERTION,
                '<saml:AttributeStatement><saml:Attribute Name="mail"><saml:AttributeValue>'
                "x@evil.fr</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>",
            )
        },
        "attribute given twice",
    ),
    "no value of sn": ({"attributes": {"sn": []}}, "no value of sn"),
    "sn empty": ({"surname": ""}, "no value of sn"),
    "sn blank": ({"surname": " \n\t "}, "no value of sn"),
    "sn of 256 letters": ({"surname": "x" * 256}, "no value of sn"),
    "sn that turns the text around": ({"surname": "\u202eabc"}, "no value of sn"),
    "service empty": ({"services": ["", " "]}, "no value of authorizedService"),
    "sn made of elements": (
        {"before": add(attribute("sn") + "/*", "<saml:b>x</saml:b>")},
        "sn is no text",
    ),
    "mail that is none": ({"emails": ["ada"]}, "mail is no address"),
    "one mail of two that is none": (
        {"emails": ["ada@espci.psl.eu", "ada@@espci.psl.eu"]},
        "mail is no address",
    ),
    "mail with a name": ({"emails": ["Ada <ada@espci.psl.eu>"]}, "mail is no address"),
    "subject of 256 letters": ({"subject": "x" * 256}, "subject is no text"),
    "subject empty": ({"subject": " "}, "subject is no text"),
}

#: What is not wrong, close to what is.
GOOD: dict[str, dict[str, Any]] = {
    "as it comes": {},
    "both signed": {"sign": "both"},
    "SHA-512": {"algorithm": "sha512"},
    "the next key": {"keys": pair("idp-next")},
    "ciphered": {"encrypt_to": pair("sp").certificate},
    "ciphered, both signed": {"encrypt_to": pair("sp").certificate, "sign": "both"},
    "several audiences": {
        "audiences": ["urn:x", "https://pc-est-magique.fr/saml/metadata", "urn:y"]
    },
    "issuer of the response left out": {"before": drop("saml:Issuer")},
    "host in capitals": {
        "destination": "http://LOCALHOST/saml/acs",
        "recipient": "HTTP://LocalHost/saml/acs",
    },
    "conditions of 59 s ago": times(ends=at(seconds=-59)),
    "conditions in 59 s": times(begins=at(seconds=59)),
    "conditions without times": {
        "before": all_of(take(CONDITIONS, "NotBefore"), take(CONDITIONS, "NotOnOrAfter"))
    },
    "bearer for five minutes": times(bearer_ends=at(minutes=5)),
    "bearer for a moment": times(bearer_ends=at(seconds=1)),
    "clock of theirs 59 s ahead": times(
        issued=at(seconds=59), bearer_ends=at(minutes=5, seconds=59), begins=at(seconds=59)
    ),
    "logged in 12 h ago": times(logged_in=at(hours=-12)),
    "session for a moment": {
        "before": put(AUTHENTICATION, "SessionNotOnOrAfter", instant(at(seconds=1)))
    },
    "used once": {"before": add(CONDITIONS, "<saml:OneTimeUse/>")},
    "holder of a key too": {
        "before": add(
            f"{ASSERTION}/saml:Subject",
            '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:holder-of-key"/>',
        )
    },
    "other attributes": {"attributes": {"uid": ["ada"], "eduPersonAffiliation": []}},
    "names of LDAP": {
        "before": all_of(
            put(attribute("sn"), "Name", "urn:oid:2.5.4.4"),
            put(attribute("mail"), "Name", "urn:oid:0.9.2342.19200300.100.1.3"),
        )
    },
    "names of MACE": {
        "before": put(attribute("givenName"), "Name", "urn:mace:dir:attribute-def:givenName")
    },
    "sn of 255 letters": {"surname": "x" * 255},
    "an empty service among others": {"services": ["", "promo145", "x" * 256]},
    "nobody's number": {"subject": None},
    "no subject's format": {"subject_format": TRANSIENT},
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_response_is_refused_for_its_fault(door: Door, name: str) -> None:
    parts, reason = BAD[name]

    assert door.refusal(door.respond(**{"now": NOW, **parts}), now=NOW) == reason


@pytest.mark.parametrize("name", GOOD)
def test_a_good_response_is_read(door: Door, name: str) -> None:
    answer = door.read(door.respond(**{"now": NOW, **GOOD[name]}), now=NOW)

    assert answer.request_id == REQUEST
    assert answer.identity.emails == ("ada.lovelace@espci.psl.eu",)
    assert answer.identity.services == ("promo145",)
    assert NOW < answer.expires_at <= NOW + timedelta(minutes=8)


def test_all_that_a_response_says_is_read(door: Door) -> None:
    root = door.forge.tree(
        request_id=REQUEST,
        now=NOW,
        given_name="  Ada\n Augusta ",
        surname="O'Neill & Fils",
        emails=["Ada@Ens.PSL.eu", "ada@espci.psl.eu", "ADA@ens.psl.eu"],
        services=["promo145", "wifi", "promo145"],
    )
    answer = door.read(encoded(etree.tostring(root)), now=NOW)

    assert answer.identity.issuer == IDP
    assert answer.identity.subject == "ada-1"
    assert answer.identity.given_name == "Ada Augusta"
    assert answer.identity.surname == "O'Neill & Fils"
    assert answer.identity.emails == ("ada@ens.psl.eu", "ada@espci.psl.eu")
    assert answer.identity.services == ("promo145", "wifi")
    assert answer.response_id == root.get("ID")
    assert answer.assertion_id == root[-1].get("ID")
    assert answer.authenticated_at == at(seconds=-30)
    assert answer.expires_at == at(minutes=4) + timedelta(seconds=60)


def test_only_a_persistent_number_is_kept(door: Door) -> None:
    passing = door.read(door.respond(now=NOW, subject_format=TRANSIENT), now=NOW)

    assert passing.identity.subject is None


@pytest.mark.parametrize(
    "codes",
    [
        ["Responder"],
        ["Responder", "AuthnFailed"],
        ["Requester", "RequestDenied"],
        ["AuthnFailed"],
        ["Requester", "NoPassive"],
    ],
)
def test_who_gives_up_at_the_provider_is_no_attack(door: Door, codes: list[str]) -> None:
    response = door.respond(status=[STATUS + code for code in codes])

    with pytest.raises(SamlCancelled, match=codes[-1]):
        door.service.request_of(response)


def test_a_status_of_success_is_no_way_to_give_up(door: Door) -> None:
    assert door.read(door.respond(status=[SUCCESS]))


def test_comments_change_nothing_of_what_is_read(door: Door) -> None:
    response = written(door, emails=["ada@espci.psl.eu"])
    said = response.replace(b"ada@espci.psl.eu", b"ada@espci.psl.eu<!---->")
    split = said.replace(b"Lovelace", b"Love<!-- x -->lace").replace(
        b"promo145", b"promo1<!---->45"
    )

    answer = door.read(encoded(split))

    assert answer.identity.emails == ("ada@espci.psl.eu",)
    assert answer.identity.surname == "Lovelace"
    assert answer.identity.services == ("promo145",)


def test_a_comment_makes_no_one_else_of_someone(door: Door) -> None:
    response = written(door, emails=["root@espci.psl.eu.evil.fr"])
    split = response.replace(b"psl.eu.evil.fr", b"psl.eu<!---->.evil.fr")

    assert door.read(encoded(split)).identity.emails == ("root@espci.psl.eu.evil.fr",)


def test_the_time_that_counts_is_the_one_that_is_given(door: Door) -> None:
    for now in (NOW, datetime(2031, 1, 1, tzinfo=UTC)):
        response = door.respond(now=now)
        assert door.read(response, now=now)
        assert door.refusal(response, now=now + timedelta(hours=1)) == "conditions: expired"
        assert door.refusal(response, now=now - timedelta(hours=1)) == "conditions: too early"


def test_the_library_is_asked_too(door: Door) -> None:
    response = door.respond(before=take(ASSERTION, "Version"))

    assert door.refusal(response).startswith("library: Invalid SAML Response")


def test_a_response_answers_one_request(door: Door) -> None:
    response = door.respond(now=clock.now())

    assert door.service.request_of(response) == REQUEST
    assert door.refusal(response, request_id="_other") == "not the answer to this request"
