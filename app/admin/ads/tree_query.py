"""What the address of the tree of campaigns asks for. What cannot be read is left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from app.messages.translator import N_

PATH = "/admin/ads/campaigns"
MOST_OPEN = 20
_LONGEST_QUERY = 200

LEVELS: Mapping[str, str] = {"": N_("Campaigns"), "adgroups": N_("Ad groups"), "ads": N_("Single ads")}
STANDINGS: Mapping[str, str] = {
    "": N_("All that are not deleted"),
    "delivering": N_("Delivering"),
    "idle": N_("Not delivering"),
    "off": N_("Switched off"),
    "over": N_("Its time is over"),
    "deleted": N_("Deleted"),
}
PRIMARY: Mapping[str, str] = {
    "": "STATUS_NOT_DELETE",
    "delivering": "STATUS_DELIVERY_OK",
    "idle": "STATUS_NOT_DELIVERY",
    "off": "STATUS_DISABLE",
    "over": "STATUS_TIME_DONE",
    "deleted": "STATUS_DELETE",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeQuery:
    """The tree as its address names it: `level` is what stands at its root, `opened` are campaigns and ad groups."""

    q: str = ""
    level: str = ""
    standing: str = ""
    campaign_id: str = ""
    opened: tuple[str, ...] = ()
    cursor: str = ""

    @property
    def is_plain(self) -> bool:
        """Tell whether everything is meant."""
        return not (self.q or self.standing or self.campaign_id)

    @property
    def plural(self) -> str:
        return self.level or "campaigns"

    def href(self, **changes: Any) -> str:
        """Give the address of this tree, or of one that differs; from its beginning where nothing else is said."""
        own: dict[str, Any] = {"cursor": "", **changes}
        if "cursor" not in changes and set(changes) <= {"opened"}:
            own["cursor"] = self.cursor
        query = replace(self, **own)
        pairs = [
            *((name, getattr(query, name)) for name in ("q", "level", "standing", "campaign_id", "cursor")),
            *(("open", one) for one in query.opened),
        ]
        given = [(name, value) for name, value in pairs if value]
        return f"{PATH}?{urlencode(given)}" if given else PATH

    def turned(self, object_id: str) -> tuple[str, ...]:
        """Give what is open with one more, or one less where it is."""
        if object_id in self.opened:
            return tuple(other for other in self.opened if other != object_id)
        return (*self.opened, object_id)[-MOST_OPEN:]


def read_query(pairs: Sequence[tuple[str, str]]) -> TreeQuery:
    """Read the names and values of an address, or of a form that remembers one."""
    values = dict(pairs)

    def one(name: str, longest: int = 64) -> str:
        return values.get(name, "").strip()[:longest]

    def known(name: str, words: Mapping[str, str]) -> str:
        return one(name) if one(name) in words else ""

    opened = dict.fromkeys(value for name, value in pairs if name == "open" and _is_id(value))
    return TreeQuery(
        q=one("q", _LONGEST_QUERY),
        level=known("level", LEVELS),
        standing=known("standing", STANDINGS),
        campaign_id=one("campaign_id") if _is_id(one("campaign_id")) else "",
        opened=tuple(list(opened)[:MOST_OPEN]),
        cursor=one("cursor", 40),
    )


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < len(text) <= 20
