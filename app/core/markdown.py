"""Markdown, as people write it: the one function that makes HTML of it (community 1.1).

Markdown decides what is markup, an allow-list decides what of it stays: HTML that is typed shows
as text, and neither a script, a style nor a request to another site comes out.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

#: What a link may lead to: a part of the page, a site, an address to write to, a page of ours.
_LINK = re.compile(r"#[\w%-]+|(?:https?://|mailto:|/(?![/\\]))[^\s\\]+", re.IGNORECASE)
#: What a page may load: from here.
_PICTURE = re.compile(r"/(?![/\\])[^\s\\]+")
#: How the columns of a table are aligned: a class, for no style is written in a page.
_ALIGNED = {"text-align:center": "md-center", "text-align:right": "md-end"}
#: The lowest heading that there is.
_LOWEST = 6
#: The parts of a text that hold words.
_WORDS = frozenset({"text", "code_inline", "code_block", "fence", "image"})

_TAGS = {
    *("p", "br", "hr", "blockquote", "pre", "code", "em", "strong", "ul", "ol", "li", "a", "img"),
    *("h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt", "title"}, "ol": {"start"}}
_CLASSES = {tag: set(_ALIGNED.values()) for tag in ("th", "td")}


class _Reader(MarkdownIt):
    """Markdown with tables, without HTML."""

    def __init__(self, *, breaks: bool) -> None:
        super().__init__("commonmark", {"html": False, "breaks": breaks})
        self.enable("table")

    def validateLink(self, url: str) -> bool:  # noqa: N802  # the parent's name
        return _LINK.fullmatch(url) is not None


#: As people type, a new line stays one; as documents are kept, it is where a line was full.
_READER, _DOCUMENT_READER = _Reader(breaks=True), _Reader(breaks=False)


@lru_cache(maxsize=512)  # pages show the same texts again and again
def render(text: str, *, level: int = 2, is_wrapped: bool = False) -> Markup:
    """The HTML of a text in Markdown; its highest headings are of *level*, none is skipped.

    The lines of a document of ours may be wrapped: they are one.
    """
    reader = _DOCUMENT_READER if is_wrapped else _READER
    tokens = reader.parse(text)
    _rank(tokens, level)
    for token in _all(tokens):
        style = token.attrs.pop("style", None)
        if style in _ALIGNED:
            token.attrs["class"] = _ALIGNED[str(style)]
    html = reader.renderer.render(tokens, reader.options, {})
    return Markup(_clean(html))  # noqa: S704  # the allow-list has just gone over it


def _clean(html: str) -> str:
    """What the allow-list lets through."""
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_attribute,
        allowed_classes=_CLASSES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener nofollow",
    )


def _attribute(tag: str, name: str, value: str) -> str | None:
    """What is kept of an attribute; ``None`` to leave it out."""
    wanted = {("a", "href"): _LINK, ("img", "src"): _PICTURE}.get((tag, name))
    return value if wanted is None or wanted.fullmatch(value) else None


def _all(tokens: Sequence[Token]) -> Iterator[Token]:
    """The tokens, and those inside of them, which load nothing from elsewhere."""
    for token in tokens:
        yield token
        if token.children:
            token.children = list(_here(token.children))
            yield from token.children


def _here(tokens: Sequence[Token]) -> Iterator[Token]:
    """What a line holds: a picture of another site becomes a link to it, or its words in a link."""
    links = 0
    for token in tokens:
        links += token.nesting if token.tag == "a" else 0
        address = str(token.attrs.get("src", ""))
        if token.type != "image" or _PICTURE.fullmatch(address):
            yield token
            continue
        said = Token("text", "", 0, content=token.content or address)
        if links:
            yield said
            continue
        yield Token("link_open", "a", 1, attrs={"href": address})
        yield said
        yield Token("link_close", "a", -1)


def _rank(tokens: Sequence[Token], level: int) -> None:
    """Have headings follow those of the page, each one below the one that it is under."""
    above: list[int] = []
    for token in tokens:
        if token.type == "heading_open":
            typed = int(token.tag[1:])
            while above and above[-1] >= typed:
                above.pop()
            above.append(typed)
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(_LOWEST, level + len(above) - 1)}"


def plain(text: str) -> str:
    """What a text in Markdown says, in one line, without its marks: for what shows no HTML."""
    return " ".join("".join(map(_said, _all(_READER.parse(text)))).split())


def _said(token: Token) -> str:
    """What a part of a text says; between two lines, a blank."""
    if token.type in _WORDS:
        return token.content
    return " " if token.block or token.type in ("softbreak", "hardbreak") else ""
