"""What pages call at every line, without a detour: sentences, addresses, icons.

They give what Flask-Babel and Flask give. What depends on nothing but its arguments, the language
and where the site is mounted is kept: it stays what it is for as long as the process lives.
"""

from collections.abc import Hashable
from typing import Any

from flask import Flask, g, has_request_context, request, url_for
from flask_babel import get_locale, gettext
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup, escape

#: How many of each are kept: then all are forgotten, and kept again as they come.
_MOST = 4096
#: What an address is made of without a doubt: values that are equal are written alike.
_PLAIN = (str, int, type(None))


class Kept(dict[Hashable, Any]):
    """Things that are kept, up to so many."""

    def keep(self, key: Hashable, value: Any) -> Any:
        """Keep *value* as that of *key*, and return it."""
        if len(self) >= _MOST:
            self.clear()
        self[key] = value
        return value


_sentences, _addresses, _icons = Kept(), Kept(), Kept()


@pass_eval_context
def sentence(place: EvalContext, text: str, /, **values: Any) -> str:
    """A sentence in the language of the reader, with its *values*: ``_`` of the templates."""
    if type(text) is not str or not place.autoescape:
        said = gettext(text)
        return (Markup(said) if place.autoescape else said) % values  # noqa: S704  # as Jinja's own
    # found where Flask-Babel keeps it; by its name, as to compare two of them takes long
    locale = getattr(getattr(g, "_flask_babel", None), "babel_locale", None) or get_locale()
    key = (locale.language if locale else None, text, bool(values))
    found: Markup | None = _sentences.get(key)
    if found is None:
        found = Markup(gettext(text))  # noqa: S704  # written in a template, or by a translator
        found = _sentences.keep(key, found if values else found % {})
    return found % values if values else found


def address(endpoint: str, /, **values: Any) -> str:
    """The path of a page, with its query: ``url_for`` of the templates."""
    if endpoint[0] == "." or not has_request_context():
        return url_for(endpoint, **values)
    if not all(type(value) in _PLAIN for value in values.values()):
        return url_for(endpoint, **values)
    key = (request.root_path, endpoint, *values.items())
    found: str | None = _addresses.get(key)
    if found is None:
        found = _addresses.keep(key, url_for(endpoint, **values))
    return found


def icon(name: str, label: Any = None, size: int = 16) -> Markup:
    """An icon of the sprite, for ``components/icon.html``."""
    sprite = address("static", filename="svg/icons.svg")
    text = escape(label) if label else None
    key = (sprite, name, text, size)
    found: Markup | None = _icons.get(key)
    if found is None:
        told = f'role="img" aria-label="{text}"' if text else 'aria-hidden="true"'
        found = Markup(  # noqa: S704  # what is not ours is escaped
            f'<svg class="bi" width="{size}" height="{size}" fill="currentColor" {told}>'
            f'<use href="{escape(sprite)}#{escape(name)}"></use></svg>'
        )
        _icons.keep(key, found)
    return found


def init_app(app: Flask) -> None:
    """Install this on *app*, after Flask-Babel."""
    app.jinja_env.globals.update(
        {"_": sentence, "gettext": sentence, "url_for": address, "svg_icon": icon}
    )
