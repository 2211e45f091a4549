"""Giving a finished text other hashtags: pure functions."""

from collections.abc import Iterable

import regex

from app.captions.hashtags import hashtag_key

_TAG = regex.compile(r"(?<![\w#])#[\w\p{M}]+")
_AT_THE_END = regex.compile(r"(?P<gap>\s*)(?P<tags>(?:(?<!\S)#[\w\p{M}]+\s*)+)\Z")


def with_hashtags(text: str, tags: Iterable[str], *, besides: str = "") -> str:
    """Let a text carry these hashtags and no others; those that `besides` has need not stand here too.

    The ones at its end are written anew. One within a sentence that is not wanted becomes a mere word.
    """
    wanted = list(dict.fromkeys(tags))
    found = _AT_THE_END.search(text)
    body, gap = (text[: found.start()], found["gap"]) if found else (text, "\n\n")
    body = without_hashtags(body, but=wanted)
    there = {hashtag_key(tag) for tag in _TAG.findall(f"{besides} {body}")}
    at_the_end = " ".join(tag for tag in wanted if hashtag_key(tag) not in there)
    return f"{body}{gap if body else ''}{at_the_end}" if at_the_end else body.rstrip()


def without_hashtags(text: str, *, but: Iterable[str]) -> str:
    """Make words of the hashtags in a text, but for those that stay."""
    kept = {hashtag_key(tag) for tag in but}
    return _TAG.sub(lambda match: match[0] if hashtag_key(match[0]) in kept else match[0].removeprefix("#"), text)
