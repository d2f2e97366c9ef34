"""What a device is, as far as its browser says (network-b B2.3)."""

from flask_babel import LazyString, lazy_gettext as _l

IPHONE, IPAD = _l("iPhone"), _l("iPad")
ANDROID_PHONE, ANDROID_TABLET = _l("Téléphone Android"), _l("Tablette Android")
WINDOWS, MAC, LINUX = _l("Ordinateur Windows"), _l("Mac"), _l("Ordinateur Linux")
CHROMEBOOK, CONSOLE, TELEVISION = _l("Chromebook"), _l("Console"), _l("Télévision")

#: What devices are, for who types: suggestions only.
DEVICE_TYPES = (
    IPHONE,
    IPAD,
    ANDROID_PHONE,
    ANDROID_TABLET,
    WINDOWS,
    MAC,
    LINUX,
    CHROMEBOOK,
    CONSOLE,
    TELEVISION,
    _l("Imprimante"),
    _l("Routeur"),
    _l("Autre"),
)

#: Words of a browser's own description, all of which mean the device: the first that fit win.
_MARKS = (
    (("iPhone",), IPHONE),
    (("iPad",), IPAD),
    (("CrOS",), CHROMEBOOK),
    (("Android", "Mobile"), ANDROID_PHONE),
    (("Android",), ANDROID_TABLET),
    (("PlayStation",), CONSOLE),
    (("Nintendo",), CONSOLE),
    (("Xbox",), CONSOLE),
    (("SmartTV",), TELEVISION),
    (("Tizen",), TELEVISION),
    (("Web0S",), TELEVISION),
    (("AppleTV",), TELEVISION),
    (("Windows",), WINDOWS),
    (("Macintosh",), MAC),
    (("Linux",), LINUX),
    (("X11",), LINUX),
)
#: What follows is never about the device.
_LONGEST = 1000


def suggest_type(user_agent: str) -> LazyString | None:
    """What a device is, from what its browser says; ``None`` if it says nothing of it."""
    text = user_agent[:_LONGEST]
    return next((kind for marks, kind in _MARKS if all(mark in text for mark in marks)), None)
