"""What Lydia calls when something happened: signed, for nobody in particular."""

import sqlalchemy as sa
from flask import Response, current_app, request
from flask.typing import ResponseReturnValue

from app import context
from app.core.errors import DomainError
from app.core.transaction import transaction
from app.enums import EventSource, PaymentType
from app.extensions import csrf, db
from app.modules.payments import around
from app.modules.payments.routes.blueprint import bp
from app.modules.payments.rules import callbacks as rules
from app.modules.payments.service import callbacks
from app.modules.payments.service.callbacks import Said

#: The longest that it may say, in bytes.
_LONGEST = 8192


@bp.post("/payments/lydia_callback/confirm")
@context.public
@csrf.exempt  # type: ignore[untyped-decorator]  # Flask-WTF is not typed
def confirm() -> ResponseReturnValue:
    """A payment was made."""
    return hear(EventSource.confirm, PaymentType.internet)


@bp.post("/payments/lydia_callback/cancel")
@context.public
@csrf.exempt  # type: ignore[untyped-decorator]  # Flask-WTF is not typed
def cancel() -> ResponseReturnValue:
    """A payment will not be made: it was given up, or nobody came."""
    return hear(EventSource.cancel, PaymentType.internet)


def hear(source: EventSource, type: PaymentType) -> ResponseReturnValue:
    """Check what Lydia says, in the order of network-b B5.6, and do it."""
    request.max_content_length = _LONGEST
    names = rules.CONFIRM if source is EventSource.confirm else rules.CANCEL
    said = {name: request.form.getlist(name) for name in request.form}
    fields = rules.read(said, names)
    if fields is None:
        current_app.logger.warning("a callback of Lydia is malformed")
        return _answer(400)
    till = around.till()
    signed = {name: value for name, value in fields.items() if name != "sig"}
    if till.lydia is None or not till.lydia.is_signed(type, signed, fields["sig"]):
        current_app.logger.warning("a callback of Lydia is wrongly signed")
        return _answer(403)
    heard = Said(source=source, type=type, fields=fields)
    try:
        with transaction(db.session()) as session:
            status = callbacks.hear(session, heard, till=till)
    except (sa.exc.SQLAlchemyError, DomainError) as error:
        current_app.logger.error(  # noqa: TRY400  # its class is enough
            "a callback of Lydia could not be written: %s", error.__class__.__name__
        )
        status = 503  # nothing is written: Lydia calls again
    return _answer(status)


def _answer(status: int) -> Response:
    """All that Lydia wants to know."""
    return Response("", status, mimetype="text/plain")
