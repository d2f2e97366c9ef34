"""Photos, as the application sees them."""

from flask_babel import lazy_gettext as _l

from app.integrations import mailer
from app.models.personal import Keeper
from app.modules.photos import choices, cli, jobs, routes, tasks
from app.modules.photos.effects import (
    ConcealPhoto,
    MakeCover,
    MoveAlbum,
    PreparePhoto,
    RemoveFiles,
    RotatePhoto,
    SweepAlbum,
    TellTagged,
)
from app.modules.photos.mails import MAILS
from app.modules.photos.service import lives, tags
from app.web.module import Module, NavEntry

module = Module(
    name="photos",
    blueprints=(routes.bp, routes.resumable.bp),
    nav=(
        NavEntry(label=_l("Photos"), endpoint="photos.index", icon="images", rank=30, at_hand=True),
    ),
    card=routes.collections.card,
    has_demo=True,
    effects={
        MakeCover: jobs.make_cover,
        MoveAlbum: jobs.move_album,
        PreparePhoto: jobs.prepare_photo,
        RemoveFiles: jobs.remove_files,
        RotatePhoto: jobs.rotate_photo,
        ConcealPhoto: jobs.conceal_photo,
        SweepAlbum: jobs.sweep_album,
        TellTagged: tags.tell,
        **dict.fromkeys(MAILS, mailer.send),
    },
    jobs=(jobs.FORGET_UPLOADS, jobs.JANITOR),
    tasks=tasks.TASKS,
    cli=(cli.group,),
    choices=(choices.PHOTOS_KEEP_GPS,),
    profile=routes.tags.profile,
    keeper=Keeper(forget=lives.forget),
)
