"""The text part of a mail, from its HTML: the same content, read without colours."""

import textwrap
from html.parser import HTMLParser

#: The longest line, in characters.
WIDTH = 79
_BLOCKS = frozenset({"p", "h1", "h2", "li", "ul", "tr", "table", "div", "hr"})
_SKIPPED = frozenset({"style", "title", "head", "script"})


class _Reader(HTMLParser):
    """Gathers the paragraphs of a mail of ours."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[str] = []
        self._words: list[str] = []
        self._skipping = 0
        self._links: list[tuple[str, int]] = []
        self._bullet = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in _SKIPPED:
            self._skipping += 1
        elif tag in _BLOCKS:
            self.end_block()
            self._bullet = tag == "li"
        elif tag == "br":
            self._words.append("\n")
        elif tag in ("strong", "b", "em"):
            self._words.append("*")
        elif tag == "img":
            self._words.append(values.get("alt") or "")
        elif tag == "a":
            self._links.append((values.get("href") or "", len(self._words)))

    def handle_endtag(self, tag: str) -> None:
        if tag in _SKIPPED:
            self._skipping -= 1
        elif tag in _BLOCKS:
            self.end_block()
        elif tag in ("strong", "b", "em"):
            self._words.append("*")
        elif tag == "a" and self._links:
            href, start = self._links.pop()
            said = "".join(self._words[start:]).strip()
            if href and said != href:
                self._words.append(f" : {href}" if said else href)

    def handle_data(self, data: str) -> None:
        if not self._skipping:
            self._words.append(data.replace("\n", " "))  # only <br> ends a line

    def end_block(self) -> None:
        """Close the paragraph being read."""
        lines = ["".join(self._words)]
        text = "\n".join(" ".join(line.split()) for line in "\n".join(lines).split("\n")).strip()
        self._words.clear()
        self._links.clear()
        if text:
            self.blocks.append(f"- {text}" if self._bullet else text)
        self._bullet = False


def as_text(html: str) -> str:
    """What *html* says, in lines of 79 characters, with its links written out."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.end_block()
    return "\n\n".join(_wrapped(block) for block in reader.blocks)


def _wrapped(block: str) -> str:
    return "\n".join(
        textwrap.fill(line, WIDTH, break_long_words=False, break_on_hyphens=False)
        for line in block.split("\n")
    )
