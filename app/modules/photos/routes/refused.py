"""What scripts are told of a photo that is there already."""

from typing import Any

from flask.typing import ResponseReturnValue

from app.models import Photo
from app.modules.photos.errors import DuplicatePhoto
from app.modules.photos.routes.shown import Addresses
from app.web.errors import answer


def duplicate(refusal: DuplicatePhoto) -> ResponseReturnValue:
    """Say which photo it is already."""
    said: Any = answer(refusal.status, refusal.message)
    if isinstance(said[0], dict):
        found: Photo = refusal.details["photo"]
        url = Addresses(found.album).page(found)
        said[0]["error"]["detail"] = {"code": "duplicate", "photo": found.file_name, "url": url}
    answered: ResponseReturnValue = said
    return answered
