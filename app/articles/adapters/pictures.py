"""The pictures of an article: found in its markup, and its addresses made those that can be asked for."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from app.articles.adapters.fields import one_line
from app.kit.http.addresses import (
    LONGEST_URL,
    FetchRefused,
    complete_url,
    hide_credentials,
    without_credentials,
)
from app.kit.markup import Tag, read_markup
from app.kit.text import clean
from app.messages import media_faults
from app.messages.message import Message, pack

MAX_IMAGES = 200
"""Far more than the 35 that TikTok takes, because some of them will not work."""

_MAX_NAMED = 300
_AROUND = "".join(map(chr, range(33)))
_MAX_ALT = 1_000
_LONGEST_SHOWN = 500
_TOO_MANY = media_faults.not_looked_at(count=MAX_IMAGES)
_AND_ALL_AFTER = media_faults.left_out_from_here(count=MAX_IMAGES)

# What stands in these is never shown, or only in place of something else.
_UNSEEN = frozenset({"template", "audio", "video", "canvas"})
# Where scripts load the picture later, `src` is missing or holds a placeholder.
_LATER = ("data-src", "data-lazy-src", "data-original")
_SETS = ("srcset", "data-srcset", "data-lazy-srcset")
_PLACEHOLDER = ("data:", "about:")
_ONE_PIXEL = re.compile(r"\s*[0-3](?:\.0*)?\s*(?:px)?\s*")
_LETTERS = frozenset({"emoji", "wp-smiley"})
# An address in a set may hold commas, but neither begins nor ends with one.
_CANDIDATE = re.compile(r"([^\s,](?:\S*[^\s,])?)([^,]*)")
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)([wx])")


def image_list(candidates: Iterable[tuple[str, str]], base: str) -> list[dict[str, Any]]:
    """Turn pairs of address and alternative text into the canonical list: absolute, distinct, in their order.

    An address that cannot be used stays in the list with its reason as `problem`, so that the post can name it. Empty
    ones count as absent.
    """
    images: dict[tuple[str, bool], dict[str, Any]] = {}
    usable = 0
    for address, alt in candidates:
        image = _image(address, alt, base)
        key = image["url"], "problem" in image
        if not image["url"] or key in images:
            continue
        if "problem" not in image and usable == MAX_IMAGES:
            image |= _problem(_TOO_MANY)
        usable += "problem" not in image
        images[key] = image
        if len(images) - usable == _MAX_NAMED:
            image |= _problem(_AND_ALL_AFTER)
            break
    return list(images.values())


def film_address(address: str, base: str) -> str | None:
    """Give a film's absolute address; where it cannot be used, one that is refused for the same reason.

    So the post can say why: only a login that stood in it is hidden.
    """
    if _is_blank(address):
        return None
    try:
        return complete_url(address, base)
    except FetchRefused as refusal:
        longest = LONGEST_URL + 1 if refusal.code == "address_odd" else _LONGEST_SHOWN
        return hide_credentials(clean(address[:longest]))


def images_in(markup: str) -> list[tuple[str, str]]:
    """Find the pictures that a reader of the markup sees, in their order, as pairs of address and alternative text."""
    found: list[tuple[str, str]] = []
    for values, sets, _ in image_tags(markup):
        if address := _address(values, sets):
            found.append((address, values.get("alt", "")))
    return found


def image_tags(markup: str) -> Iterator[tuple[dict[str, str], list[str], str]]:
    """Give each picture that a reader sees: its attributes, the sets of sizes around it, and where it links to."""
    unseen: list[str] = []
    sources: list[str] = []
    link = ""
    for tag in read_markup(markup):
        if not isinstance(tag, Tag):
            continue
        if tag.name in _UNSEEN:
            _step(unseen, tag)
        elif unseen:
            continue
        elif tag.name == "picture":
            sources = []
        elif tag.name == "a":
            link = "" if tag.is_end else tag.attributes.get("href", "")
        elif tag.name == "source":
            sources += [tag.attributes.get("srcset", "")]
        elif tag.name == "img" and not tag.is_end and not _is_no_picture(values := tag.attributes):
            yield values, sources, link


def sizes_of(values: dict[str, str], sources: list[str]) -> list[tuple[str, float]]:
    """Give the addresses of one picture: the largest of each of its sets with its width, and the others with 0.

    A placeholder until a script loads the picture is none of them.
    """
    plain = [(values.get(name, "").strip(), 0.0) for name in ("src", *_LATER)]
    sets = [_largest(written) for written in [*(values.get(name, "") for name in _SETS), *sources]]
    found = [one for one in plain + sets if one[0] and not one[0].lower().startswith(_PLACEHOLDER)]
    return list(dict(reversed(found)).items())[::-1]


def _step(unseen: list[str], tag: Tag) -> None:
    if not tag.is_end:
        unseen.append(tag.name)
    elif tag.name in unseen:
        del unseen[len(unseen) - 1 - unseen[::-1].index(tag.name) :]


def _address(values: dict[str, str], sources: list[str]) -> str:
    written = values.get("src", "").strip()
    if written and not written.lower().startswith(_PLACEHOLDER):
        return written
    later = [values.get(name, "").strip() for name in _LATER]
    sets = [_largest(written)[0] for written in [*(values.get(name, "") for name in _SETS), *sources]]
    others = [address for address in later + sets if address and not address.lower().startswith(_PLACEHOLDER)]
    return next(iter(others), written)


def _largest(srcset: str) -> tuple[str, float]:
    """Give the largest of a set: its width, or a thousand times how dense it is."""
    best, most = "", -1.0
    for address, descriptor in _CANDIDATE.findall(srcset):
        size = _SIZE.fullmatch(descriptor.strip())
        weight = (float(size[1]) if size else 1.0) * (1 if size and size[2] == "w" else 1000)
        if weight > most:
            best, most = address, weight
    return best, max(most, 0.0)


def _is_no_picture(values: dict[str, str]) -> bool:
    """Tell counters, spacers and emoji: nobody would call them pictures of the article."""
    is_letter = not _LETTERS.isdisjoint(values.get("class", "").lower().split())
    is_pixel = any(_ONE_PIXEL.fullmatch(values.get(side, "")) for side in ("width", "height"))
    hides = "".join(values.get("style", "").lower().split())
    return is_letter or is_pixel or "hidden" in values or "display:none" in hides


def _image(address: str, alt: str, base: str) -> dict[str, Any]:
    if _is_blank(address):
        return {"url": ""}
    try:
        return {"url": complete_url(address, base), "alt": one_line(alt, _MAX_ALT)}
    except FetchRefused as refusal:
        return {"url": _shown(address), "alt": one_line(alt, _MAX_ALT), **_problem(refusal.message)}


def _problem(why: Message) -> dict[str, Any]:
    return {"problem": str(why), "problem_message": pack(why)}


def _is_blank(address: str) -> bool:
    return not address.strip(_AROUND)


def _shown(address: str) -> str:
    return without_credentials(clean(address[:_LONGEST_SHOWN]))
