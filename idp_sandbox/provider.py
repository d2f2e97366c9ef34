"""The provider itself: pysaml2, which shares no code with what the site reads SAML with."""

import base64
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.attribute_converter import AttributeConverter
from saml2.config import IdPConfig
from saml2.metadata import entity_descriptor
from saml2.saml import NAME_FORMAT_BASIC, NAMEID_FORMAT_PERSISTENT, NameID
from saml2.samlp import STATUS_AUTHN_FAILED
from saml2.server import Server
from saml2.sigver import RSACrypto

from idp_sandbox.keys import Keys
from idp_sandbox.signing import XmlsecBackend
from idp_sandbox.students import Student

_RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
_PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"  # noqa: S105
_ATTRIBUTES = ("givenName", "sn", "mail", "authorizedService")
#: How long, in seconds, the site may take to say who it is.
_PATIENCE = 5


class Unfit(Exception):
    """What the site asked makes no sense; the text says why."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the browser posts to the site."""

    url: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A provider at an *origin*, for the site whose metadata are at an address."""

    origin: str
    keys: Keys
    site_metadata: str

    def metadata(self) -> bytes:
        """Who it is."""
        return str(entity_descriptor(self._config({}))).encode()

    def check(self, asked: Mapping[str, str]) -> None:
        """Refuse what the site does not ask, or did not sign.

        Raises:
            Unfit: If it is refused.
        """
        self._read(self._server(), asked)

    def vouch(self, student: Student, asked: Mapping[str, str]) -> Reply:
        """Tell the site who logged in.

        Raises:
            Unfit: If the site did not ask for it.
        """
        server = self._server()
        arguments = self._read(server, asked)
        response = server.create_authn_response(
            identity={
                "givenName": [student.given_name],
                "sn": [student.surname],
                "mail": list(student.emails),
                "authorizedService": list(student.services),
            },
            name_id=NameID(format=NAMEID_FORMAT_PERSISTENT, text=f"sandbox-{student.key}"),
            authn={"class_ref": _PASSWORD, "authn_auth": self.origin},
            sign_assertion=True,
            sign_response=True,
            **arguments,
        )
        return _reply(arguments, response, asked)

    def give_up(self, asked: Mapping[str, str]) -> Reply:
        """Tell the site that nobody logged in.

        Raises:
            Unfit: If the site did not ask for it.
        """
        server = self._server()
        arguments = self._read(server, asked)
        response = server.create_error_response(
            arguments["in_response_to"],
            arguments["destination"],
            (STATUS_AUTHN_FAILED, "Nobody logged in."),
            sign=True,
        )
        return _reply(arguments, response, asked)

    def _read(self, server: Any, asked: Mapping[str, str]) -> dict[str, Any]:
        """What an answer to this request needs."""
        try:
            request = server.parse_authn_request(
                asked.get("SAMLRequest", ""),
                BINDING_HTTP_REDIRECT,
                relay_state=asked.get("RelayState"),
                sigalg=asked.get("SigAlg"),
                signature=asked.get("Signature"),
            )
            found = server.response_args(request.message, [BINDING_HTTP_POST])
        except Exception as error:  # pysaml2 raises whatever the request breaks
            raise Unfit(type(error).__name__) from error
        wanted = ("in_response_to", "destination", "sp_entity_id")
        return {name: found[name] for name in wanted}

    def _server(self) -> Any:
        """Made each time: the site may have other keys, or another name, since."""
        try:
            with urllib.request.urlopen(  # noqa: S310  # whoever starts it says where
                self.site_metadata, timeout=_PATIENCE
            ) as answer:
                site = answer.read(1_000_000).decode()
        except (urllib.error.URLError, ConnectionError) as error:
            raise Unfit(f"{self.site_metadata}: {error}") from error
        server = Server(config=self._config({"inline": [site]}))
        server.sec.crypto = XmlsecBackend()
        server.sec.sec_backend = RSACrypto(None)
        return server

    def _config(self, metadata: Mapping[str, Any]) -> Any:
        names = {name: name for name in _ATTRIBUTES}
        config = IdPConfig().load(
            {
                "entityid": f"{self.origin}/metadata",
                "name": "Bac à sable",
                "key_file": str(self.keys.key),
                "cert_file": str(self.keys.certificate),
                # Replaced: its own backends run a program, or lack a package.
                "crypto_backend": "XMLSecurity",
                "metadata": metadata,
                "service": {
                    "idp": {
                        "endpoints": {
                            "single_sign_on_service": [
                                (f"{self.origin}/login", BINDING_HTTP_REDIRECT)
                            ]
                        },
                        "want_authn_requests_signed": False,
                        "signing_algorithm": _RSA_SHA256,
                        "digest_algorithm": _SHA256,
                        "name_id_format": [NAMEID_FORMAT_PERSISTENT],
                        "policy": {
                            "default": {
                                "lifetime": {"minutes": 4},
                                "attribute_restrictions": None,
                                "name_form": NAME_FORMAT_BASIC,
                            }
                        },
                    }
                },
            }
        )
        converter = AttributeConverter(NAME_FORMAT_BASIC)
        converter.from_dict({"identifier": NAME_FORMAT_BASIC, "fro": names, "to": names})
        config.attribute_converters = [converter]
        return config


def _reply(arguments: Mapping[str, Any], response: object, asked: Mapping[str, str]) -> Reply:
    encoded = base64.b64encode(str(response).encode()).decode()
    fields = {"SAMLResponse": encoded, "RelayState": asked.get("RelayState", "")}
    return Reply(str(arguments["destination"]), fields)
