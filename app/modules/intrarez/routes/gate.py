"""Who has not completed the set-up is led to the first step that is left."""

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app import context
from app.context.refusals import AccountNeeded
from app.extensions import db
from app.modules.account.choices import REZIDENT_SELF_GRANT
from app.modules.intrarez import queries
from app.modules.intrarez.rules.setup import Owner, Situation, Step, next_step
from app.web.urls import local_path, next_page, this_page

#: The page of each step that has one.
_PAGES = {
    Step.activate: "intrarez.activate",
    Step.room: "intrarez.take_room",
    Step.device: "intrarez.add_device",
    Step.transfer: "intrarez.transfer",
}
#: The other way to make a step.
_ALSO = {Step.room: "intrarez.claim_room", Step.device: "intrarez.readdress_device"}
_ERRORS = {Step.no_address: "ip", Step.no_mac: "mac"}


def situation() -> Situation:
    """Where the visitor stands."""
    current, session = context.current, db.session()
    if not current.is_logged_in or not current.is_rezident:
        return Situation(
            is_logged_in=current.is_logged_in,
            is_rezident=False,
            is_internal=current.is_internal,
            owner=owner(),
            self_grant=REZIDENT_SELF_GRANT.get(session),
        )
    return Situation(
        has_room=queries.has_room(session, current.me.id),
        has_device=current.own_device or queries.count_devices(session, current.me.id) > 0,
        has_address=current.remote_ip is not None or current.is_doas,
        in_residence=current.in_residence,
        is_internal=current.is_internal,
        owner=owner(),
    )


def owner() -> Owner:
    """Whose the device in the visitor's hands is."""
    if context.current.device is None:
        return Owner.nobody
    return Owner.visitor if context.current.own_device else Owner.someone_else


def has_page(step: Step) -> bool:
    """Whether a step is made on a page, or cannot be made at all."""
    return step in _PAGES or step in _ERRORS


def page_of(step: Step, *, then: str | None) -> str:
    """Where a step is made, before going on to *then*."""
    if step in _ERRORS:
        return url_for("intrarez.device_error", reason=_ERRORS[step])
    hello = 1 if context.current.is_internal and step is not Step.activate else None
    return url_for(_PAGES[step], hello=hello, next=then)


def lead() -> ResponseReturnValue | None:
    """Send to the next step who is not at it; ``None`` lets them through."""
    step = next_step(situation())
    if step is None or request.endpoint in (_PAGES.get(step), _ALSO.get(step)):
        return None
    if step is Step.account:
        raise AccountNeeded
    if step in (Step.forbidden, Step.device_of_another):
        abort(403)
    if step is Step.no_mac and request.endpoint == "intrarez.add_device":
        return None  # there, the address of the device may be typed
    asked = next_page() if request.endpoint in _PAGES.values() else local_path(this_page())
    return redirect(page_of(step, then=asked), 302)


def onwards() -> ResponseReturnValue:
    """After a step: to the next one if some are left, else where one was going."""
    step, wanted = next_step(situation()), next_page()
    if step in _PAGES:
        return redirect(page_of(step, then=wanted), 303)
    if wanted is not None:
        return redirect(wanted, 303)
    if context.current.hello and context.current.is_internal:
        return redirect(url_for("intrarez.connect_check", hello=1), 303)
    return redirect(url_for("home.profile", _anchor="internet"), 303)
