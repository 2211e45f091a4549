"""What a client would rather read: a page, as a browser, or JSON, as a program."""


def wants_page(accept: str) -> bool:
    """Tell whether HTML is named, and JSON not before it: `*/*` is what programs send that do not care."""
    page = max((_weight(item) for item in _items(accept) if _kind(item) in _PAGES), default=0.0)
    data = max((_weight(item) for item in _items(accept) if _kind(item) in _DATA), default=0.0)
    return page > 0 and page >= data


_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_DATA = frozenset({"application/json", "application/problem+json"})


def _items(accept: str) -> list[str]:
    return accept[:2000].lower().split(",")


def _kind(item: str) -> str:
    return item.partition(";")[0].strip()


def _weight(item: str) -> float:
    for parameter in item.split(";")[1:]:
        name, _, value = parameter.strip().partition("=")
        if name == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
