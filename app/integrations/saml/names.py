"""The words of SAML 2.0, and of the signatures of XML."""

from typing import Final

SAML: Final = "urn:oasis:names:tc:SAML:2.0:assertion"
SAMLP: Final = "urn:oasis:names:tc:SAML:2.0:protocol"
MD: Final = "urn:oasis:names:tc:SAML:2.0:metadata"
DS: Final = "http://www.w3.org/2000/09/xmldsig#"
XENC: Final = "http://www.w3.org/2001/04/xmlenc#"
XML: Final = "http://www.w3.org/XML/1998/namespace"
NAMESPACES: Final = {"saml": SAML, "samlp": SAMLP, "md": MD, "ds": DS, "xenc": XENC}

ASSERTION: Final = f"{{{SAML}}}Assertion"
ENCRYPTED_ASSERTION: Final = f"{{{SAML}}}EncryptedAssertion"
RESPONSE: Final = f"{{{SAMLP}}}Response"
SIGNATURE: Final = f"{{{DS}}}Signature"

REDIRECT: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
POST: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
PROTOCOL: Final = SAMLP
BEARER: Final = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
PERSISTENT: Final = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
UNSPECIFIED: Final = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
BASIC: Final = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic"

STATUS: Final = "urn:oasis:names:tc:SAML:2.0:status:"
SUCCESS: Final = f"{STATUS}Success"
#: Nobody did wrong: whoever was asked to log in did not.
GIVEN_UP: Final = frozenset(
    STATUS + code
    for code in ("Responder", "AuthnFailed", "RequestDenied", "NoPassive", "UnknownPrincipal")
)

RSA_SHA256: Final = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SHA256: Final = "http://www.w3.org/2001/04/xmlenc#sha256"
#: What signatures may be made with: RSA, and SHA-256 or better.
SIGNING: Final = frozenset(
    f"http://www.w3.org/2001/04/xmldsig-more#rsa-sha{bits}" for bits in (256, 384, 512)
)
DIGESTS: Final = frozenset(
    {SHA256, f"{XENC}sha512", "http://www.w3.org/2001/04/xmldsig-more#sha384"}
)
ENVELOPED: Final = f"{DS}enveloped-signature"
#: How XML is written before it is digested: without what stands around, nor its comments.
CANONICAL: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
#: How the key of a ciphered assertion may be ciphered: what an answer betrays would open others.
KEY_CIPHERS: Final = frozenset(
    {f"{XENC}rsa-oaep-mgf1p", "http://www.w3.org/2009/xmlenc11#rsa-oaep"}
)

#: What sends a decipherer to other places, or through programs.
ELSEWHERE: Final = frozenset(
    {f"{{{XENC}}}CipherReference", f"{{{XENC}}}Transforms", f"{{{DS}}}Transforms"}
)

#: What is asked about who logs in; all of it is needed.
GIVEN_NAME: Final = "givenName"
SURNAME: Final = "sn"
MAIL: Final = "mail"
SERVICE: Final = "authorizedService"
ATTRIBUTES: Final = (GIVEN_NAME, SURNAME, MAIL, SERVICE)
#: The other names of the same, by which providers may call them: of LDAP, and of MACE.
ALIASES: Final = {
    "urn:oid:2.5.4.42": GIVEN_NAME,
    "urn:oid:2.5.4.4": SURNAME,
    "urn:oid:0.9.2342.19200300.100.1.3": MAIL,
    "urn:oid:1.3.6.1.4.1.5322.17.2.1": SERVICE,
    **{f"urn:mace:dir:attribute-def:{name}": name for name in ATTRIBUTES},
}
