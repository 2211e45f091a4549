"""What each of Ghost's cards gives: nothing that is not for every reader, that advertises, or that is somebody else's.

The names are the classes by which Ghost renders its cards (TryGhost/Koenig, packages/kg-default-nodes and
kg-default-cards, July 2026). Webhooks carry a post as it is stored, with the parts that Ghost itself takes out for each
reader (seen in Ghost 5.130 and 6.65).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Flag, auto

from app.kit.markup import VOID, Tag, read_markup


class Gives(Flag):
    """What of a card is the article's own."""

    nothing = 0
    text = auto()
    pictures = auto()
    both = text | pictures


CARDS: dict[str, Gives] = {
    "image": Gives.both,
    "gallery": Gives.both,
    "code": Gives.text,
    "callout": Gives.text,
    "header": Gives.pictures,  # a heading with a button, over a picture as wide as the page
    "before-after": Gives.pictures,
    "toggle": Gives.nothing,  # closed until a reader opens it
    "cta": Gives.nothing,  # advertising, also with a sponsor's label
    "email-cta": Gives.nothing,
    "email": Gives.nothing,
    "signup": Gives.nothing,
    "button": Gives.nothing,
    "product": Gives.nothing,
    "bookmark": Gives.nothing,  # another site's title, text, icon and picture
    "embed": Gives.nothing,
    "twitter": Gives.nothing,
    "nft": Gives.nothing,
    "transistor": Gives.nothing,
    "collection": Gives.nothing,  # other posts
    "audio": Gives.nothing,
    "video": Gives.nothing,  # the labels of a player
    "file": Gives.nothing,
}
"""By name; a card that is not named here gives nothing. Markdown and HTML cards have no element of their own: what
they hold is read like the rest. The horizontal rule has no content, and the paywall is the comment `PAYWALL`."""

PAYWALL = "<!--members-only-->"

_CARD = re.compile(r"kg-([a-z0-9-]+)-card")
# Rendered for some of the readers of an e-mail only.
_SEGMENT_CLASS, _SEGMENT = "kg-visibility-wrapper", "data-gh-segment"
_GHOSTS_OWN = re.compile(r"kg-|data-gh-", re.IGNORECASE)
# A pattern and no reading of comments: Ghost itself cuts these blocks out by one, whatever stands around them
# (post-gating.js, seen 2026-11-29). Behind somebody's unclosed quotation mark or comment they are gates as well.
_GATE = re.compile(r"<!--\s*+kg-gated-block:(begin|end)\b((?:(?!-->|<!--).)*+)(?:-->)?", re.IGNORECASE | re.DOTALL)
_GATE_RULE = re.compile(r"""\b(\w++)\s*+:\s*+["']?([^"'\s]*+)""")
_EVERY_MEMBER = frozenset({"status:free", "status:-free"})


@dataclass(frozen=True, slots=True)
class OpenPart:
    """What of a post's markup every reader sees and is the newsroom's own: for its text, and for its pictures.

    `is_whole`: nothing had to go, so what Ghost made of the whole text may be used as well.
    """

    text: str
    pictures: str
    is_whole: bool


def open_part(markup: str) -> OpenPart:
    """Read a post's markup as somebody does who is no member."""
    if not _GHOSTS_OWN.search(markup):
        return OpenPart(markup, markup, is_whole=True)
    ungated = "".join(_outside_gates(markup))
    text = "".join(_without(ungated, lambda gives: Gives.text not in gives))
    pictures = "".join(_without(ungated, lambda gives: Gives.pictures not in gives))
    return OpenPart(text, pictures, is_whole=text == markup)


def _outside_gates(markup: str) -> Iterator[str]:
    """Give what stands outside of blocks for some readers; one that does not end hides all that follows."""
    depth = at = 0
    for match in _GATE.finditer(markup):
        if depth == 0:
            yield markup[at : match.start()]
            at = match.end()
        is_begin = match[1].lower() == "begin"
        if depth or (is_begin and not _is_for_everyone(match[2])):
            depth += 1 if is_begin else -1
            at = match.end()
    if depth == 0:
        yield markup[at:]


def _is_for_everyone(rules: str) -> bool:
    """Tell whether a block is for who is no member, and for every member: what only some see is none of the news."""
    said = {name.lower(): value for name, value in _GATE_RULE.findall(rules)}
    return said.get("nonmember") == "true" and set(said.get("membersegment", "").split(",")) >= _EVERY_MEMBER


def _without(markup: str, is_unwanted: Callable[[Gives], bool]) -> Iterator[str]:
    """Give the markup without the elements of unwanted cards; one that does not end hides all that follows."""
    at = depth = 0
    name = ""
    for tag in _tags_of_page(markup):
        if depth:
            depth += (-1 if tag.is_end else 1) if tag.name == name else 0
            at = tag.end
        elif not tag.is_end and is_unwanted(_gives(tag)):
            yield markup[at : tag.start]
            at, name, depth = tag.end, tag.name, int(tag.name not in VOID)
    if depth == 0:
        yield markup[at:]


def _tags_of_page(markup: str) -> Iterator[Tag]:
    """Give the tags but those in templates, which are no part of the page and close nothing in it."""
    templates = 0
    for piece in read_markup(markup):
        if isinstance(piece, Tag) and piece.name == "template":
            templates = max(0, templates + (-1 if piece.is_end else 1))
        elif isinstance(piece, Tag) and not templates:
            yield piece


def _gives(tag: Tag) -> Gives:
    if not _GHOSTS_OWN.search(tag.written):
        return Gives.both
    attributes = tag.attributes
    classes = attributes.get("class", "").split()
    if _SEGMENT in attributes or _SEGMENT_CLASS in classes:
        return Gives.nothing
    cards = [match[1] for match in map(_CARD.fullmatch, classes) if match]
    return CARDS.get(cards[0], Gives.nothing) if cards else Gives.both
