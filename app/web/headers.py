"""What is said to browsers with every answer."""

from flask import Flask, Response, g, request

from app.context import Context

#: Where the forms of a page lead.
_FORMS = "form-action 'self'"
#: What a page may load: from here, and nothing that is written in it.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    f"font-src 'self'; connect-src 'self'; manifest-src 'self'; {_FORMS}; "
    "frame-ancestors 'none'; base-uri 'none'"
)
#: What a file may: be looked at.
FILE_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
#: What a page may use of the device: nothing; and, where codes are read, the camera.
DEVICE = (
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), "
    "magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=()"
)
CAMERA_HERE = DEVICE.replace("camera=()", "camera=(self)")
#: The pages whose address is a secret.
SECRET_PAGES = frozenset(
    {
        "account.reset_password",
        "account.invitation",
        "account.confirm_email",
        "intrarez.contest_room",
        "panier_bio.visitor",
        "photos.confirm_report",
        "sso.finish",
        "sso.link_mailed",
    }
)


def policy_of_forms(origin: str) -> str:
    """The policy of a page whose form leads elsewhere, by way of us."""
    return POLICY.replace(_FORMS, f"{_FORMS} {origin}")


def _harden(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", POLICY)
    headers.setdefault("Permissions-Policy", DEVICE)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    if request.is_secure or g.get("behind_https"):
        headers.setdefault("Strict-Transport-Security", "max-age=63072000")
    _say_who_reads(response)
    if request.endpoint in SECRET_PAGES:
        headers["Referrer-Policy"] = "no-referrer"
        headers["Cache-Control"] = "no-store"
    elif request.endpoint != "static" and "Cache-Control" not in headers:
        headers["Cache-Control"] = "private, no-store"
        headers.setdefault("Vary", "Cookie")
    return response


def _say_who_reads(response: Response) -> None:
    """Have the service worker know whose page this is (``static/js/sw/pages.js``)."""
    context: Context | None = g.get("context")
    if context is not None and context.reader is not None and response.mimetype == "text/html":
        response.headers["X-Reader"] = context.reader


def init_app(app: Flask) -> None:
    """Install this on *app*."""
    https = app.extensions["settings"].is_https

    def remember_scheme() -> None:
        g.behind_https = https

    app.before_request(remember_scheme)
    app.after_request(_harden)
