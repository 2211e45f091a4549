"""The pictures of a feed's item or of a page: the best one first, each in its largest size, and no pixels or logos."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import unquote, urlsplit

from app.articles.adapters.pictures import image_tags, sizes_of
from app.kit.http.addresses import FetchRefused, complete_url

_USUAL_WIDTH = 900
"""Taken for that of a picture in the text of which nobody tells it: news pages show such."""
_DECLARED_WIDTH = 1_000
"""Taken for that of one that the feed names by itself."""
_THUMBNAIL_WIDTH = 250
_WIDE = 1_200
"""Wider than a post shows it."""
PICTURE_NAME = re.compile(r"\.(?:jpe?g|png|webp|avif|heic)(?:$|\?)", re.IGNORECASE)
_SMALLEST = 160
_LEAST_RATIO = 0.2
_IN_NAME = re.compile(r"-(\d{2,5})x(\d{2,5})(?=\.\w{2,5}$)")
_SIZE = re.compile(r"(?:-scaled|-\d{2,5}x\d{2,5}|_\d{2,5}x\d{2,5}|@[23]x)(?=\.\w{2,5}$)")
_NUMBER = re.compile(r"[-_]\d{2,4}(?:w|px)?(?=\.\w{2,5}$)")
_WIDTH_IN_QUERY = re.compile(r"(?:^|&)(?:w|width)=(\d{2,4})(?:&|$)")
_NOT_ITS_OWN = re.compile(
    r"(?:^|[^a-z])(?:logo|logotype|avatar|gravatar|favicon|icons?|emoji|smil(?:ey|ies)|sprite)(?:[^a-z]|$)"
)
_OF_THE_PAGE = re.compile(r"(?:^|[^a-z])(?:share|social|author|byline|button|badge|sponsor)(?:[^a-z]|$)")
_NO_PICTURE = re.compile(r"(?:pixel|blank|spacer|transparent|clear|counter|tracker|beacon|1x1)\d*\.\w+$")
_OF_THE_SITE = re.compile(
    r"(?:(?:site|og|default|fallback|share|fb|brand)[-_])*(?:logo(?:type)?|default|placeholder|no[-_]?image|image|share)"
    r"(?:[-_](?:\d+(?:x\d+)?|og|fb|share|default|white|black|square|large|main))*\.\w+$"
)
_TRACKERS = re.compile(
    r"(?:^|\.)(?:doubleclick\.net|google-analytics\.com|googletagmanager\.com|scorecardresearch\.com|quantserve\.com"
    r"|pixel\.wp\.com|stats\.wordpress\.com|feedsportal\.com|gravatar\.com|mc\.yandex\.(?:ru|com)|counter\.yadro\.ru"
    r"|top-fwz1\.mail\.ru|zero\.kz|facebook\.com|pixel\.[a-z0-9-]+\.[a-z]+|medium\.com/_/stat)$"
)
_FEEDBURNER = re.compile(r"^feeds2?\.feedburner\.com$|^feedproxy\.google\.com$|^rss\.feedsportal\.com$")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that an item may have. Sizes are pixels, 0 where nobody tells them; `is_cover`: named as the item's."""

    url: str
    alt: str = ""
    width: int = 0
    height: int = 0
    is_cover: bool = False
    is_thumbnail: bool = False
    hint: str = ""
    """Classes and the like, which may tell that it is no picture of the article's."""

    @property
    def weight(self) -> int:
        """How wide it is, or seems to be."""
        if self.width:
            return self.width
        usual = _DECLARED_WIDTH if self.is_cover else _USUAL_WIDTH
        return _THUMBNAIL_WIDTH if self.is_thumbnail else usual


def pictures_in(markup: str) -> list[Picture]:
    """Find the pictures that a reader of the markup sees, each in the largest size that is offered."""
    found: list[Picture] = []
    for values, sources, link in image_tags(markup):
        sizes = sizes_of(values, sources)
        if not sizes:
            continue
        url, width = max(sizes, key=lambda one: one[1])
        if width < _WIDE and PICTURE_NAME.search(link):
            # A click shows it in full.
            url, width = link, 0
        shown, height = (0, 0) if url == link else (_pixels(values.get(side, "")) for side in ("width", "height"))
        hint = f"{values.get('class', '')} {values.get('id', '')}"
        size = (int(width), 0) if width else (shown, height)
        found.append(Picture(url, values.get("alt", ""), *size, hint=hint))
    return found


def best_first(pictures: Iterable[Picture], base: str) -> list[tuple[str, str]]:
    """Choose: what is no picture of the article's is left out, of two sizes the larger is kept, the best comes first.

    The others keep their order. Gives pairs of absolute address and alternative text.
    """
    chosen: dict[str, Picture] = {}
    for picture in pictures:
        whole = _complete(picture, base)
        if whole is None or _is_none_of_its_own(whole):
            continue
        key = _without_size(whole)
        if (bare := _NUMBER.sub("", key)) in chosen:
            # Another size of one whose name less its width this is: what is shown until a script has run.
            key = bare
        known = chosen.setdefault(key, whole)
        if known is not whole:
            best = whole if whole.weight > known.weight else known
            is_cover = known.is_cover or whole.is_cover
            chosen[key] = replace(best, alt=best.alt or known.alt or whole.alt, is_cover=is_cover)
    found = list(chosen.values())
    cover = max(found, key=_rank, default=None)
    ordered = [cover, *(picture for picture in found if picture is not cover)] if cover else []
    return [(picture.url, picture.alt) for picture in ordered]


def widest(pictures: Iterable[Picture], base: str) -> int:
    """Tell how wide the widest that would be chosen is, or seems to be; 0 for none."""
    whole = [one for picture in pictures if (one := _complete(picture, base)) and not _is_none_of_its_own(one)]
    return max((picture.weight for picture in whole), default=0)


def _rank(picture: Picture) -> tuple[bool, int, int]:
    # What is wide enough for a post is good; what the newsroom has named as its own picture comes before the largest.
    return (picture.weight >= 500, int(picture.is_cover), picture.weight)


def _complete(picture: Picture, base: str) -> Picture | None:
    try:
        url = complete_url(picture.url.strip(), base)
    except FetchRefused:
        return None
    named = _IN_NAME.search(_file(url))
    if not picture.width and named:
        return replace(picture, url=url, width=int(named[1]), height=int(named[2]))
    asked = _WIDTH_IN_QUERY.search(urlsplit(url).query)
    if not picture.width and asked:
        return replace(picture, url=url, width=int(asked[1]))
    return replace(picture, url=url)


def _is_none_of_its_own(picture: Picture) -> bool:
    parts = urlsplit(picture.url)
    host, path = parts.hostname or "", unquote(parts.path).lower()
    name = path.rpartition("/")[2]
    is_small = any(0 < side < _SMALLEST for side in (picture.width, picture.height)) and not picture.is_thumbnail
    is_pixel = any(0 < side <= 3 for side in (picture.width, picture.height))
    is_strip = bool(picture.width and picture.height) and not (
        _LEAST_RATIO <= picture.width / picture.height <= 1 / _LEAST_RATIO
    )
    # A story about a logo may show one: what the feed names as its picture is left out only where it is the site's own.
    is_named_so = _OF_THE_SITE.match(name) if picture.is_cover else _NOT_ITS_OWN.search(name)
    hint = picture.hint.lower()
    return (
        is_small
        or is_pixel
        or is_strip
        or name.endswith((".svg", ".ico"))
        or bool(is_named_so or _NO_PICTURE.match(name))
        or bool(_NOT_ITS_OWN.search(hint) or _OF_THE_PAGE.search(hint))
        or bool(_TRACKERS.search(host) or _FEEDBURNER.match(host))
        or "/avatars/" in path
        or "/avatar/" in path
    )


def _without_size(picture: Picture) -> str:
    """Give what all sizes of a picture are called alike."""
    named = _SIZE.sub("", _file(picture.url))
    if not picture.width:
        return named
    return re.sub(rf"[-_/][ws]?{picture.width}(?:x\d{{2,5}})?(?:w|px)?(?=[./])", "", named)


def _file(url: str) -> str:
    return url.partition("#")[0].partition("?")[0].lower()


def _pixels(written: str) -> int:
    found = re.match(r"\s*(\d{1,5})(?:\.\d+)?\s*(?:px)?\s*$", written)
    return int(found[1]) if found else 0
