"""Making a text fit: what gives way first, and nothing that is cut in half."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from app.captions.schemas import CaptionNote
from app.kit.text import cut, utf16_len

# A few letters of an excerpt say nothing.
MIN_EXCERPT = 20
# The search for the longest text that fits ends when at most this many units are left: a word border may cost them.
SLACK = 40
GUESSES = 3

Printer = Callable[["Parts"], str]


@dataclass(frozen=True, slots=True)
class Parts:
    """What a template prints that can give way, and notes on what had to."""

    title: str
    excerpt: str
    link: str
    hashtags: tuple[str, ...]
    language: str = ""
    notes: tuple[CaptionNote, ...] = ()

    def noting(self, note: CaptionNote) -> "Parts":
        return replace(self, notes=(*self.notes, note))


def fit_text(parts: Parts, printer: Printer, limit: int) -> tuple[str, Parts]:
    """Fit a description or caption: the excerpt gives way first, then hashtags from the end, then the headline.

    The link stays whole; only one that cannot fit even alone is dropped.
    """
    if _fits(parts, printer, limit):
        return printer(parts), parts
    bare = replace(parts, excerpt="", hashtags=(), title="")
    if parts.link and not _fits(bare, printer, limit) and _fits(replace(bare, link=""), printer, limit):
        parts = replace(parts, link="").noting(CaptionNote.link_dropped)
    fewer = _with_fewer_hashtags(replace(parts, excerpt=""), printer, limit)
    if _fits(fewer, printer, limit):
        fitting = _with_excerpt(fewer, parts.excerpt, printer, limit)
    else:
        fitting = _with_title(fewer, printer, limit)
    return _force(fitting, printer, limit)


def fit_title(parts: Parts, printer: Printer, limit: int) -> tuple[str, Parts]:
    """Fit a title: whatever else a template prints in it gives way before the headline itself is cut."""
    without_excerpt = replace(parts, excerpt="")
    without_hashtags = replace(without_excerpt, hashtags=())
    alone = replace(without_hashtags, link="")
    for some in (parts, without_excerpt, without_hashtags, alone):
        if _fits(some, printer, limit):
            return printer(some), some
    return _force(_with_title(alone, printer, limit), printer, limit)


def cut_whole(text: str, limit: int) -> str:
    """Cut text so that no hashtag, mention or address at its end is left in half, or grows by an ellipsis."""
    shorter = cut(text, limit)
    head = shorter.removesuffix("…")
    if shorter == text or not head:
        return shorter
    begun = head.split()[-1]
    rest = text[len(head) :]
    if rest[:1].strip() and _is_token(begun + rest.split()[0]):
        before = head[: -len(begun)].rstrip()
        shorter = cut(text, utf16_len(before) + 1) if before else ""
        head = shorter.removesuffix("…")
    return head if head and _is_token(head.split()[-1]) else shorter


def _is_token(word: str) -> bool:
    return word.startswith(("#", "@")) or "://" in word


def _fits(parts: Parts, printer: Printer, limit: int) -> bool:
    return utf16_len(printer(parts)) <= limit


def _with_fewer_hashtags(parts: Parts, printer: Printer, limit: int) -> Parts:
    fewer = parts
    while fewer.hashtags and not _fits(fewer, printer, limit):
        fewer = replace(fewer, hashtags=fewer.hashtags[:-1])
    return fewer if fewer.hashtags == parts.hashtags else fewer.noting(CaptionNote.hashtags_dropped)


def _with_excerpt(parts: Parts, excerpt: str, printer: Printer, limit: int) -> Parts:
    shorter = _longest(excerpt, cut_whole, lambda some: printer(replace(parts, excerpt=some)), limit)
    if shorter == excerpt:
        return replace(parts, excerpt=excerpt)
    kept = shorter if utf16_len(shorter) >= MIN_EXCERPT else ""
    return replace(parts, excerpt=kept).noting(CaptionNote.excerpt_cut)


def _with_title(parts: Parts, printer: Printer, limit: int) -> Parts:
    def cut_title(text: str, size: int) -> str:
        return cut_whole(text, size) or cut(text, size)

    shorter = _longest(parts.title, cut_title, lambda some: printer(replace(parts, title=some)), limit)
    return parts if shorter == parts.title else replace(parts, title=shorter).noting(CaptionNote.title_cut)


def _longest(text: str, cutter: Callable[[str, int], str], printed: Callable[[str], str], limit: int) -> str:
    """Find the longest cut that fits. Where a template prints the text once, the second try is already it."""
    best, low, high = "", 0, min(utf16_len(text), limit)
    slack = min(SLACK, limit // 10)
    size = high
    tries = 0
    while low < high:
        tries += 1
        shorter = cutter(text, size)
        over = utf16_len(printed(shorter)) - limit
        if over <= 0:
            best, low = shorter, size
            if over >= -slack:
                break
            size = (low + high + 1) // 2
        else:
            size, high = size - over, size - 1
            # A template need not grow with its text: only the first steps trust that, then the rest is halved.
            size = size if low < size <= high and tries <= GUESSES else (low + high + 1) // 2
    return best


def _force(parts: Parts, printer: Printer, limit: int) -> tuple[str, Parts]:
    """Cut what a template itself says too much of; the last resort."""
    text = printer(parts)
    if utf16_len(text) <= limit:
        return text, parts
    return cut_whole(text, limit), parts.noting(CaptionNote.text_cut)
