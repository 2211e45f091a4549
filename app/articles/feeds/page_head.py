"""What stands in a page's head, and in its microdata: values by name, JSON-LD, language and title."""

import re

from app.kit.markup import Tag, read_markup

_SCRIPT_END = re.compile(r"</script", re.IGNORECASE)
_ITEM_PROPERTIES = frozenset({"headline", "datepublished", "articlesection"})
_MOST_INSIDE = 2_000
_MOST_PROPERTIES = 500
_MOST_SCRIPTS = 20
_LONGEST_SCRIPT = 500_000


def read_head(markup: str) -> tuple[dict[str, str], list[str], str, str]:
    """Find the page's <meta> values, some of them by lines, its JSON-LD, its language and its title."""
    metas: dict[str, str] = {}
    scripts: list[str] = []
    language = title = ""
    properties = 0
    for tag in read_markup(markup):
        if not isinstance(tag, Tag) or tag.is_end:
            continue
        if tag.name == "meta":
            values = tag.attributes
            name = (values.get("property") or values.get("name") or values.get("itemprop") or "").strip().lower()
            content = values.get("content", "").strip()
            if name and content and len(metas) < 300:
                many = name in {"article:tag", "og:image"} and name in metas
                metas[name] = f"{metas[name]}\n{content}" if many else metas.get(name, content)
        elif tag.name == "link" and tag.attributes.get("rel", "").strip().lower() == "image_src":
            metas.setdefault("image_src", tag.attributes.get("href", ""))
        elif tag.name == "html":
            language = tag.attributes.get("lang", "")
        elif tag.name == "title" and not title:
            title = markup[tag.end : tag.end + 2000].partition("<")[0]
        elif tag.name == "script" and len(scripts) < _MOST_SCRIPTS and _is_linked_data(tag):
            end = _SCRIPT_END.search(markup, tag.end)
            scripts.append(markup[tag.end : end.start() if end else len(markup)][:_LONGEST_SCRIPT])
        if tag.name != "meta" and properties < _MOST_PROPERTIES and "itemprop" in tag.written.lower():
            properties += 1
            _note_microdata(metas, tag, markup)
    return metas, scripts, language, title


def _note_microdata(metas: dict[str, str], tag: Tag, markup: str) -> None:
    """Note what an element says as https://html.spec.whatwg.org/multipage/microdata.html has it; of two the first."""
    named, told = _properties(tag), _told_by(tag)
    end = re.compile(rf"</{re.escape(tag.name)}", re.IGNORECASE).search(markup, tag.end, tag.end + _MOST_INSIDE)
    inside = markup[tag.end : end.start()] if end else ""
    if "image" in named:
        # A picture that is an item of its own has its address within.
        parts = (
            one for one in read_markup(inside) if isinstance(one, Tag) and {"url", "contenturl"} & _properties(one)
        )
        if address := told or next(map(_told_by, parts), ""):
            metas.setdefault("image", address)
    for name in _ITEM_PROPERTIES & named:
        metas.setdefault(name, told or inside)


def _properties(tag: Tag) -> set[str]:
    return set(tag.attributes.get("itemprop", "").lower().split())


def _told_by(tag: Tag) -> str:
    values = (tag.attributes.get(name, "") for name in ("content", "datetime", "href", "data-src", "src"))
    return next((value for value in values if value and not value.startswith("data:")), "")


def _is_linked_data(tag: Tag) -> bool:
    return tag.attributes.get("type", "").partition(";")[0].strip().lower() == "application/ld+json"
