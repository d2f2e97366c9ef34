"""Mails that tell everybody what they were granted: prepared, looked at, sent, followed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, ngettext
from markupsafe import Markup

from app import context
from app.context import current
from app.core.pagination import Page
from app.core.transaction import transaction
from app.enums import (
    CampaignState,
    MailingState,
    PermissionScope as S,
    PermissionType as T,
)
from app.extensions import db
from app.integrations.mailer import written
from app.models import ClubQCampaign, ClubQCampaignRecipient, ClubQSeason, PCeen
from app.modules.account.forms import ButtonForm
from app.modules.club_q import around
from app.modules.club_q.errors import NoSuchCampaign
from app.modules.club_q.forms.campaigns import CampaignForm
from app.modules.club_q.mails import AttributionMail
from app.modules.club_q.queries import campaigns as queries, seasons
from app.modules.club_q.queries.campaigns import Counts
from app.modules.club_q.routes.blueprint import bp
from app.modules.club_q.rules import mailing
from app.modules.club_q.service import campaigns as service
from app.web import qrcodes
from app.web.asked import asked_number, asked_page

#: How the state of a campaign, or of a recipient, looks.
TONES: Mapping[CampaignState | MailingState, str] = {
    CampaignState.draft: "neutral",
    CampaignState.sending: "info",
    CampaignState.paused: "warning",
    CampaignState.done: "success",
    MailingState.pending: "neutral",
    MailingState.sending: "info",
    MailingState.sent: "success",
    MailingState.failed: "danger",
    MailingState.skipped: "neutral",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MailsPage:
    """All that the list of the campaigns shows."""

    season: ClubQSeason
    campaigns: Sequence[ClubQCampaign]
    counts: Mapping[int, Counts]
    #: How many are to be mailed, and those who may not open Club Q.
    readers: int
    without: Sequence[PCeen]
    tones = TONES


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The mail of a recipient, as it would leave."""

    name: str
    message: EmailMessage
    #: The QR code of the transfer, if there is one.
    code: Markup | None

    @property
    def text(self) -> str:
        """What it says, without its colours."""
        body = self.message.get_body(("plain",))
        return "" if body is None else str(body.get_content())


@dataclass(frozen=True, slots=True, kw_only=True)
class MailPage:
    """All that the page of a campaign shows."""

    season: ClubQSeason
    campaign: ClubQCampaign
    counts: Counts
    found: Page[ClubQCampaignRecipient]
    state: MailingState | None
    preview: Preview | None
    #: Whose mail is shown, or would be.
    shown: ClubQCampaignRecipient | None
    tones = TONES

    @property
    def label(self) -> str:
        return told(self.counts)

    @property
    def filters(self) -> Sequence[tuple[str, str, bool]]:
        """The recipients in each state, for tabs."""
        key = self.campaign.id
        everyone = (_("Tous"), url_for("club_q.mail", key=key), self.state is None)
        states = [
            (
                f"{one.label} ({self.counts[one]})",
                url_for("club_q.mail", key=key, state=one.value),
                self.state is one,
            )
            for one in MailingState
            if self.counts[one] or self.state is one
        ]
        return [everyone, *states]

    @staticmethod
    def words(one: ClubQCampaignRecipient) -> str:
        """Why a mail did not leave."""
        return mailing.words(one.error)


def told(counts: Counts) -> str:
    """How far a campaign is, in words."""
    sent, failed = counts[MailingState.sent], counts[MailingState.failed]
    said: str = ngettext(
        "%(num)s mail envoyé sur %(total)s",
        "%(num)s mails envoyés sur %(total)s",
        sent,
        total=counts.total,
    )
    if failed:
        said += ngettext(", %(num)s échoué", ", %(num)s échoués", failed)
    return said


@bp.route("/club_q/mails", methods=["GET", "POST"])
@context.permission_only(T.write, S.club_q)
def mails() -> ResponseReturnValue:
    """The campaigns of a season; a POST prepares one."""
    season = around.season()
    if season is None:
        return render_template("club_q/campaigns/list.html", page=None)
    session = db.session()
    without = queries.wishing(session, season, may_read=False)
    sender = around.house().sender or current.me.email
    form = CampaignForm(data={"reply_to": sender, "threshold": 0})
    form.offer(without)
    if form.validate_on_submit():
        with form.refusals():
            key = _prepare(form, season.id)
            if key is None:
                return redirect(url_for("club_q.mails", season_id=season.id), 303)
            flash(_("L'envoi est prêt : relisez un mail, puis envoyez."), "success")
            return redirect(url_for("club_q.mail", key=key), 303)
    found = queries.campaigns(session, season)
    page = MailsPage(
        season=season,
        campaigns=found,
        counts=queries.counts(session, [one.id for one in found]),
        readers=len(queries.wishing(session, season, may_read=True)),
        without=without,
    )
    return form.page("club_q/campaigns/list.html", page=page)


def _prepare(form: CampaignForm, season_id: int) -> int | None:
    """Make a campaign; its number, or nothing for a form that was sent already.

    Raises:
        ClubQError: What is refused.
    """
    with transaction(db.session()) as session:
        if not form.is_first_as_filled(session, sender=current.me.id):
            return None
        season = seasons.season(session, season_id)
        return service.create(session, season=season, draft=form.draft(), by=current.me).id


@bp.get("/club_q/mails/<int:key>")
@context.permission_only(T.write, S.club_q)
def mail(key: int) -> ResponseReturnValue:
    """Where a campaign stands, and the mail of any recipient; ``format=json`` for scripts."""
    session = db.session()
    campaign = queries.campaign(session, key)
    counts = queries.counts(session, [campaign.id])[campaign.id]
    if request.args.get("format") == "json":
        is_over = campaign.state is not CampaignState.sending
        said = {"label": told(counts), "over": counts.over, "total": counts.total}
        return jsonify({**said, "is_over": is_over})
    asked = request.args.get("state", "")
    state = MailingState(asked) if asked in set(MailingState) else None
    shown = queries.recipient(session, campaign, asked_number("recipient"))
    season = seasons.season(session, campaign.season_id)
    page = MailPage(
        season=season,
        campaign=campaign,
        counts=counts,
        found=queries.recipients(session, campaign, state=state, number=asked_page()),
        state=state,
        preview=_preview(campaign, shown) if season.attributions_visible else None,
        shown=shown,
    )
    return render_template("club_q/campaigns/campaign.html", page=page, form=ButtonForm())


def _preview(campaign: ClubQCampaign, recipient: ClubQCampaignRecipient | None) -> Preview | None:
    """The mail of a recipient; nothing for who has no address."""
    if recipient is None or recipient.pceen.email is None:
        return None
    found: AttributionMail = service.composed(
        db.session(), campaign=campaign, recipient=recipient, house=around.house()
    )
    text = found.bill.qr_text if found.shows else None
    code = qrcodes.svg(text, label=_("QR code du virement")) if text else None
    return Preview(name=recipient.pceen.full_name, message=written(found, 0), code=code)


@bp.post("/club_q/mails/<int:key>/send")
@context.permission_only(T.write, S.club_q)
def send_mails(key: int) -> ResponseReturnValue:
    """Have the mails leave, or leave again after a pause."""
    with transaction(db.session()) as session:
        count = service.send(session, campaign=queries.campaign(session, key))
    flash(ngettext("%(num)s mail va partir.", "%(num)s mails vont partir.", count), "success")
    return redirect(url_for("club_q.mail", key=key), 303)


@bp.post("/club_q/mails/<int:key>/pause")
@context.permission_only(T.write, S.club_q)
def pause_mails(key: int) -> ResponseReturnValue:
    """Have no other mail leave for now."""
    with transaction(db.session()) as session:
        service.pause(session, campaign=queries.campaign(session, key))
    flash(_("L'envoi est en pause : celui qui partait finit de partir."), "success")
    return redirect(url_for("club_q.mail", key=key), 303)


@bp.post("/club_q/mails/<int:key>/retry")
@context.permission_only(T.write, S.club_q)
def retry_mails(key: int) -> ResponseReturnValue:
    """Mail again those whose mail failed, or one of them."""
    who = _recipient()
    with transaction(db.session()) as session:
        count = service.retry(session, campaign=queries.campaign(session, key), pceen_id=who)
    flash(ngettext("%(num)s mail va repartir.", "%(num)s mails vont repartir.", count), "success")
    return redirect(url_for("club_q.mail", key=key), 303)


def _recipient() -> int | None:
    """The recipient that a button is about; nobody in particular without one.

    Raises:
        NoSuchCampaign: If it makes no sense.
    """
    asked = request.form.get("recipient", "")
    if not asked:
        return None
    if not (asked.isascii() and asked.isdigit() and len(asked) < 10):
        raise NoSuchCampaign
    return int(asked)


@bp.post("/club_q/mails/<int:key>/test")
@context.permission_only(T.write, S.club_q)
def test_mail(key: int) -> ResponseReturnValue:
    """Mail oneself what a recipient is to read."""
    who = _recipient()
    with transaction(db.session()) as session:
        campaign = queries.campaign(session, key)
        recipient = queries.recipient(session, campaign, who)
        if recipient is None:
            raise NoSuchCampaign
        service.test(session, recipient=recipient, by=current.me)
    flash(_("L'essai vous est envoyé."), "success")
    return redirect(url_for("club_q.mail", key=key, recipient=who), 303)
