"""What the staff changes of a customer: looks, whether they serve, their birth date."""

from contextlib import nullcontext

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import context
from app.context import current
from app.core.transaction import transaction
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.models import BarAccount
from app.modules.bar import around
from app.modules.bar.forms.customer import BirthDateForm, CustomerForm
from app.modules.bar.queries import customers
from app.modules.bar.routes.blueprint import bp
from app.modules.bar.service import accounts, pictures, staff
from app.modules.bar.service.staff import Looks
from app.web.urls import onwards


def edit_form(account: BarAccount, *, is_sent: bool = False) -> CustomerForm:
    """The form that changes how someone is known; filled with what was sent, or with what is."""
    manages = around.manages()
    serves = manages and staff.is_barman(db.session(), account.pceen)
    sent = {} if is_sent else {"formdata": None}
    return CustomerForm(account=account, manages=manages, is_barman=serves, **sent)


def birth_date_form(account: BarAccount, *, is_sent: bool = False) -> BirthDateForm:
    """The form that corrects a birth date, which it does not show."""
    sent = {} if is_sent else {"formdata": None}
    form = BirthDateForm(obj=None, **sent)
    if not is_sent:
        form.version.data = str(account.version)
    return form


@bp.context_processor
def _forms() -> dict[str, object]:
    """What the part of a page that changes a customer needs."""
    return {
        "bar_edit_form": edit_form,
        "bar_birth_date_form": birth_date_form,
    }


def _page(form: CustomerForm | BirthDateForm, account: BarAccount) -> ResponseReturnValue:
    is_looks = isinstance(form, CustomerForm)
    return form.page(
        "bar/staff/edit_customer.html",
        account=account,
        looks=form if is_looks else edit_form(account) if around.serves() else None,
        birth=birth_date_form(account) if is_looks else form,
    )


@bp.route("/bar/user/<username>/edit", methods=["GET", "POST"])
@context.permission_only(T.write, S.bar)
def edit_customer(username: str) -> ResponseReturnValue:
    """Change how someone is known at the bar, and, for whoever runs it, whether they serve."""
    account = customers.customer(db.session(), username)
    if not around.manages() and {"is_barman", "asks_barman"} & request.form.keys():
        abort(403)
    form = edit_form(account, is_sent=request.method == "POST")
    if form.validate_on_submit():
        with form.refusals():
            others = _edit(account, form)
            flash(_("Le compte est à jour."), "success")
            if others:
                flash(
                    _(
                        "Sert toujours au bar par un autre rôle : %(roles)s.",
                        roles=", ".join(others),
                    ),
                    "warning",
                )
            return redirect(url_for("bar.customer", username=username), 303)
    return _page(form, account)


def _edit(account: BarAccount, form: CustomerForm) -> list[str]:
    """Change it, all at once; the roles by which one who is no longer a barman still serves.

    Raises:
        DomainError: What is refused; the former picture stays.
    """
    content = form.image.content
    made = (
        pictures.stored(around.pictures(), content, pictures.AVATAR)
        if content
        else nullcontext(None)
    )
    with made as name, transaction(db.session()) as session:
        others: list[str] = []
        wanted = form.barman
        if wanted is not None and wanted is not staff.is_barman(session, account.pceen):
            context.check_in_person()
            # people are locked before their accounts of the bar
            found = staff.set_barman(session, account.pceen, wanted=wanted, actor=current)
            others = [] if wanted else list(found)
        looks = Looks(
            nickname=form.nickname.text or None, picture=name, removes_picture=form.removes_image
        )
        staff.edit(session, account, looks, version=form.seen_version)
        return others


@bp.post("/bar/user/<username>/birth_date")
@context.gris_or(T.write, S.bar)
@context.in_person_only
def correct_birth_date(username: str) -> ResponseReturnValue:
    """Correct when somebody was born, without being shown it."""
    account = customers.customer(db.session(), username)
    form = birth_date_form(account, is_sent=True)
    if form.validate_on_submit():
        with form.refusals():
            with transaction(db.session()) as session:
                accounts.correct_birth_date(
                    session,
                    account=account,
                    birth_date=form.birth_date.day,
                    by=current.me,
                    version=form.seen_version,
                )
            flash(_("La date de naissance est corrigée."), "success")
            return redirect(_after(username), 303)
        form.version.data = str(account.version)
    return _page(form, account)


def _after(username: str) -> str:
    """Where one goes next: a GRI who does not serve has no page of the customer."""
    if around.serves():
        return url_for("bar.customer", username=username)
    return onwards()
