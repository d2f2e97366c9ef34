"""What Lydia calls when something happened to a top-up: signed, for the merchant of the bar."""

from flask.typing import ResponseReturnValue

from app import context
from app.enums import EventSource, PaymentType
from app.extensions import csrf
from app.modules.bar.routes.blueprint import bp
from app.modules.payments.routes.callbacks import hear


@bp.post("/bar/lydia_callback/confirm")
@context.public
@csrf.exempt  # type: ignore[untyped-decorator]  # Flask-WTF is not typed
def lydia_confirm() -> ResponseReturnValue:
    """A top-up was paid."""
    return hear(EventSource.confirm, PaymentType.bar)


@bp.post("/bar/lydia_callback/cancel")
@context.public
@csrf.exempt  # type: ignore[untyped-decorator]  # Flask-WTF is not typed
def lydia_cancel() -> ResponseReturnValue:
    """A top-up will not be paid: it was given up, or nobody came."""
    return hear(EventSource.cancel, PaymentType.bar)
