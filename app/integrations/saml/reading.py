"""What a response must satisfy before a word of it is believed (network-a 4.3)."""

import re
from collections import Counter
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from onelogin.saml2.errors import OneLogin_Saml2_ValidationError
from onelogin.saml2.response import OneLogin_Saml2_Response
from onelogin.saml2.settings import OneLogin_Saml2_Settings

from app.core.emails import canonical_email
from app.core.text import clean, has_forbidden
from app.integrations.saml import ciphering, documents, names, signature
from app.integrations.saml.documents import Element, Unreadable, only, text
from app.integrations.saml.errors import SamlCancelled, SamlRefused
from app.integrations.saml.identity import Answer, Identity
from app.integrations.saml.signature import NotSigned

#: How far two clocks may be from one another.
SKEW = timedelta(seconds=60)
#: How long an assertion may be carried about.
CARRIED = timedelta(minutes=5)
#: How old a log-in at the provider may be.
OLDEST_LOGIN = timedelta(hours=12)
_LONGEST_VALUE = 255
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?Z")
_KNOWN_CONDITIONS = frozenset(
    f"{{{names.SAML}}}{name}" for name in ("AudienceRestriction", "OneTimeUse", "ProxyRestriction")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a good response says, and who signs it."""

    idp_entity: str
    sp_entity: str
    acs_url: str
    request_id: str
    now: datetime
    #: In PEM, those whose time has come and is not over.
    certificates: Sequence[str]
    #: What the library wants to know.
    library: OneLogin_Saml2_Settings


def opened(encoded: str) -> Element:
    """The response in a form field, nothing of it checked but its status.

    Raises:
        SamlRefused: If there is none.
        SamlCancelled: If it says that nobody logged in.
    """
    try:
        root = documents.parsed(documents.decoded(encoded))
        documents.check_size(root)
    except Unreadable as error:
        raise SamlRefused(str(error)) from None
    if root.tag != names.RESPONSE or root.get("Version") != "2.0" or not root.get("ID"):
        raise SamlRefused("not a response")
    _check_status(root)
    return root


def read(root: Element, expected: Expected) -> Answer:
    """What a response says, once all of it is checked.

    Raises:
        SamlRefused: At the first thing amiss.
    """
    try:
        clear = _in_clear(root, expected)
        assertion = _verified(clear, expected)
        _check_envelope(root, assertion, expected)
        _check_conditions(assertion, expected)
        expires_at = _check_confirmation(assertion, expected)
        authenticated_at = _check_authentication(assertion, expected)
        identity = _identity(assertion, expected)
        _ask_library(root, clear, expected)
    except (NotSigned, Unreadable) as error:
        raise SamlRefused(str(error)) from None
    return Answer(
        identity=identity,
        request_id=expected.request_id,
        response_id=root.get("ID"),
        assertion_id=assertion.get("ID"),
        authenticated_at=authenticated_at,
        expires_at=expires_at + SKEW,
    )


def _check_status(root: Element) -> None:
    status = only(root, "samlp:Status", names.NAMESPACES)
    if status is None:
        raise SamlRefused("no status")
    codes = [node.get("Value", "") for node in status.iter(f"{{{names.SAMLP}}}StatusCode")]
    if codes == [names.SUCCESS]:
        return
    if names.GIVEN_UP.intersection(codes):
        raise SamlCancelled(f"status {_last(codes)}")
    raise SamlRefused(f"status {_last(codes)}")


def _last(codes: Sequence[str]) -> str:
    """What a status says, fit for a log."""
    code = codes[-1].removeprefix(names.STATUS) if codes else ""
    return code if re.fullmatch(r"[A-Za-z]{1,40}", code) else "unknown"


def _check_shape(root: Element) -> None:
    """Refuse what is not one assertion in one response, signed where they say that they are.

    Raises:
        SamlRefused: If it is not.
        NotSigned: If an identifier is not unique, or a signature out of place.
    """
    assertions = list(root.iter(names.ASSERTION, names.ENCRYPTED_ASSERTION))
    if len(assertions) != 1 or assertions[0].getparent() is not root:
        raise SamlRefused("not one assertion")
    if next(root.iterdescendants(names.RESPONSE), None) is not None:
        raise SamlRefused("response in a response")
    signature.check_unique_ids(root)
    places = (names.RESPONSE, names.ASSERTION)
    if any(one.getparent().tag not in places for one in root.iter(names.SIGNATURE)):
        raise NotSigned("signature out of place")


def _in_clear(root: Element, expected: Expected) -> Element:
    """The response, or a copy of it with its assertion in clear; its own signature is checked.

    Raises:
        SamlRefused: If it does not hold one assertion.
        Unreadable: If it cannot be deciphered.
        NotSigned: If it is signed, but badly.
    """
    _check_shape(root)
    if root.find("ds:Signature", names.NAMESPACES) is not None:
        signature.check(root, expected.certificates)
    if not ciphering.is_ciphered(root):
        return root
    clear = ciphering.deciphered(root, expected.library.get_sp_key())
    _check_shape(clear)
    return clear


def _verified(clear: Element, expected: Expected) -> Element:
    """The assertion of a response: a copy made of what the provider signed, and nothing else.

    Raises:
        SamlRefused: If there is none.
        NotSigned: If it is not signed by the provider, itself.
    """
    assertion = only(clear, "saml:Assertion", names.NAMESPACES)
    if assertion is None:
        raise SamlRefused("not one assertion")
    signature.check(assertion, expected.certificates)
    return signature.signed_part(assertion)


class _Library(OneLogin_Saml2_Response):  # type: ignore[misc]  # it is not typed
    """The library's verdict on the very tree that is read, but for times: it has its own clock."""

    def __init__(self, expected: Expected, root: Element, clear: Element) -> None:
        self._acs_url = expected.acs_url
        self._settings = expected.library
        self._error = None
        self.document = root
        self.encrypted = clear is not root
        self.decrypted_document = clear if self.encrypted else None
        self.valid_scd_not_on_or_after = None

    def validate_timestamps(self, **_options: bool) -> bool:
        """Leave ``Conditions`` to us."""
        return True

    def get_session_not_on_or_after(self) -> None:
        """Leave the end of the session to us."""
        return

    def _query_assertion(self, xpath_expr: str) -> list[Any]:
        found: list[Any] = super()._query_assertion(xpath_expr)
        if xpath_expr != "/saml:Subject/saml:SubjectConfirmation":
            return found
        copies = [deepcopy(node) for node in found]
        for node in copies:
            for data in node.iterchildren(f"{{{names.SAML}}}SubjectConfirmationData"):
                for name in ("NotBefore", "NotOnOrAfter"):
                    data.attrib.pop(name, None)
                if _is_same_place(data.get("Recipient"), self._acs_url):
                    data.set("Recipient", self._acs_url)  # it minds the case of hosts
        return copies


def _ask_library(root: Element, clear: Element, expected: Expected) -> None:
    """Refuse what the library refuses: its verdict is needed, and is not enough.

    Raises:
        SamlRefused: If it refuses.
    """
    library = _Library(expected, root, clear)
    if not library.is_valid(asked_at(expected.acs_url), request_id=expected.request_id):
        raise SamlRefused(f"library: {_in_a_line(library.get_error())}")
    try:
        library.get_attributes()
    except OneLogin_Saml2_ValidationError as error:
        raise SamlRefused(f"library: {_in_a_line(error)}") from None


def asked_at(acs_url: str) -> dict[str, str]:
    """What the library wants to know of a request: what the settings say that it is."""
    where = urlsplit(acs_url)
    return {
        "https": "on" if where.scheme == "https" else "off",
        "http_host": where.netloc,
        "script_name": where.path,
    }


def _in_a_line(error: object) -> str:
    return " ".join(str(error).split())[:200]


def _check_envelope(root: Element, assertion: Element, expected: Expected) -> None:
    """Refuse what another provider issued, or for another place, or unasked."""
    if text(only(assertion, "saml:Issuer", names.NAMESPACES)) != expected.idp_entity:
        raise SamlRefused("wrong issuer")
    issuers = root.findall("saml:Issuer", names.NAMESPACES)
    if any(text(issuer) != expected.idp_entity for issuer in issuers):
        raise SamlRefused("wrong issuer of the response")
    if not _is_same_place(root.get("Destination"), expected.acs_url):
        raise SamlRefused("wrong destination")
    if root.get("InResponseTo") != expected.request_id:
        raise SamlRefused("not the answer to this request")


def _is_same_place(given: str | None, ours: str) -> bool:
    """Whether an address is ours: the case of its host, and of its scheme, does not matter."""
    if given is None:
        return False
    _scheme, _slashes, rest = ours.partition("://")
    prefix = len(ours) - len(rest) + len(rest.partition("/")[0])
    return given[:prefix].lower() == ours[:prefix].lower() and given[prefix:] == ours[prefix:]


def _check_conditions(assertion: Element, expected: Expected) -> None:
    """Refuse what is not for us, or not for now."""
    conditions = only(assertion, "saml:Conditions", names.NAMESPACES)
    if conditions is None:
        raise SamlRefused("no conditions")
    if any(child.tag not in _KNOWN_CONDITIONS for child in conditions):
        raise SamlRefused("unknown condition")
    begins, ends = _instant(conditions, "NotBefore"), _instant(conditions, "NotOnOrAfter")
    if begins is not None and expected.now < begins - SKEW:
        raise SamlRefused("conditions: too early")
    if ends is not None and expected.now >= ends + SKEW:
        raise SamlRefused("conditions: expired")
    restrictions = conditions.findall("saml:AudienceRestriction", names.NAMESPACES)
    if not restrictions:
        raise SamlRefused("no audience")
    for restriction in restrictions:
        audiences = restriction.findall("saml:Audience", names.NAMESPACES)
        if expected.sp_entity not in [text(one) for one in audiences]:
            raise SamlRefused("wrong audience" if audiences else "no audience")


def _check_confirmation(assertion: Element, expected: Expected) -> datetime:
    """Refuse what was not given to its bearer, for this request, a moment ago; tell its end."""
    bearers = [
        one
        for one in assertion.findall("saml:Subject/saml:SubjectConfirmation", names.NAMESPACES)
        if one.get("Method") == names.BEARER
    ]
    if len(bearers) != 1:
        raise SamlRefused("not one bearer")
    data = only(bearers[0], "saml:SubjectConfirmationData", names.NAMESPACES)
    if data is None:
        raise SamlRefused("bearer: no data")
    if not _is_same_place(data.get("Recipient"), expected.acs_url):
        raise SamlRefused("bearer: wrong recipient")
    if data.get("InResponseTo") != expected.request_id:
        raise SamlRefused("bearer: not the answer to this request")
    begins, ends = _instant(data, "NotBefore"), _instant(data, "NotOnOrAfter")
    if begins is not None and expected.now < begins:
        raise SamlRefused("bearer: too early")
    if ends is None:
        raise SamlRefused("bearer: no end")
    if expected.now >= ends:
        raise SamlRefused("bearer: expired")
    issued_at = _instant(assertion, "IssueInstant")
    if issued_at is None or issued_at > expected.now + SKEW:
        raise SamlRefused("issued in the future")
    # counted from their clock if it is ahead of ours: five minutes of theirs are five minutes
    if ends > max(expected.now, issued_at) + CARRIED:
        raise SamlRefused("bearer: ends too late")
    return ends


def _check_authentication(assertion: Element, expected: Expected) -> datetime:
    """Refuse whoever logged in long ago, or is logged out; tell when they logged in."""
    statement = only(assertion, "saml:AuthnStatement", names.NAMESPACES)
    if statement is None:
        raise SamlRefused("not one authentication")
    logged_in_at = _instant(statement, "AuthnInstant")
    if logged_in_at is None:
        raise SamlRefused("not one authentication")
    if logged_in_at > expected.now + SKEW:
        raise SamlRefused("logged in in the future")
    if expected.now - logged_in_at > OLDEST_LOGIN:
        raise SamlRefused("logged in long ago")
    ends = _instant(statement, "SessionNotOnOrAfter")
    if ends is not None and expected.now >= ends:
        raise SamlRefused("session over")
    return logged_in_at


def _instant(node: Element, name: str) -> datetime | None:
    """An attribute that tells when; ``None`` without it.

    Raises:
        SamlRefused: If it tells anything else.
    """
    value = node.get(name)
    if value is None:
        return None
    if not _INSTANT.fullmatch(value):
        raise SamlRefused(f"{name} is no instant")
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise SamlRefused(f"{name} is no instant") from None


def _identity(assertion: Element, expected: Expected) -> Identity:
    """Who is told of."""
    attributes = [
        (names.ALIASES.get(one.get("Name"), one.get("Name")), one)
        for one in assertion.findall("saml:AttributeStatement/saml:Attribute", names.NAMESPACES)
    ]
    if any(times > 1 for times in Counter(name for name, _node in attributes).values()):
        raise SamlRefused("attribute given twice")
    given = dict(attributes)
    values = {name: _values(name, given.get(name)) for name in names.ATTRIBUTES}
    emails = [canonical_email(value) for value in values[names.MAIL]]
    if None in emails:
        raise SamlRefused("mail is no address")
    return Identity(
        issuer=expected.idp_entity,
        subject=_subject(assertion),
        given_name=values[names.GIVEN_NAME][0],
        surname=values[names.SURNAME][0],
        emails=tuple(dict.fromkeys(email for email in emails if email)),
        services=tuple(dict.fromkeys(values[names.SERVICE])),
    )


def _values(name: str, attribute: Element | None) -> list[str]:
    """The values of an attribute that can be used: one at least.

    Raises:
        SamlRefused: If there is none.
    """
    if attribute is None:
        raise SamlRefused(f"no {name}")
    found = []
    for node in attribute.findall("saml:AttributeValue", names.NAMESPACES):
        value = text(node)
        if value is None:
            raise SamlRefused(f"{name} is no text")
        found.append(clean(" ".join(value.split())))
    kept = [one for one in found if 0 < len(one) <= _LONGEST_VALUE and not has_forbidden(one)]
    if not kept:
        raise SamlRefused(f"no value of {name}")
    return kept


def _subject(assertion: Element) -> str | None:
    """The number of someone at the provider; ``None`` if they get another one each time."""
    found = only(assertion, "saml:Subject/saml:NameID", names.NAMESPACES)
    if found is None or found.get("Format") != names.PERSISTENT:
        return None
    value = text(found)
    if not value or len(value) > _LONGEST_VALUE or has_forbidden(value):
        raise SamlRefused("subject is no text")
    return value
