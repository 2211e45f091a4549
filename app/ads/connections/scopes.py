"""TikTok's permissions are numbers: what each allows, in words."""

from collections.abc import Mapping, Sequence

from app.messages import ads_scopes as words
from app.messages.message import Message

# Those of business-api.md 2, which are TikTok's; one that is new there is shown by its number.
_WORDS: Mapping[int, Message] = {
    1: words.ACCOUNTS,
    10: words.READ_ACCOUNT,
    100: words.READ_ACCOUNT,
    15: words.CENTERS,
    150: words.READ_CENTERS,
    151: words.MAKE_ACCOUNTS,
    152: words.MONEY,
    153: words.ASSETS,
    155: words.PARTNERS,
    156: words.MEMBERS,
    157: words.BILLING,
    2: words.ADS,
    200: words.READ_CAMPAIGNS,
    201: words.WRITE_CAMPAIGNS,
    210: words.READ_ADGROUPS,
    211: words.WRITE_ADGROUPS,
    220: words.READ_ADS,
    221: words.WRITE_ADS,
    3: words.AUDIENCES,
    4: words.REPORTS,
    44: words.CONSOLIDATED_REPORTS,
    6: words.CREATIVES,
    690: words.READ_POSTS,
    691: words.AUTHORISE_POSTS,
    692: words.READ_IDENTITIES,
    693: words.WRITE_IDENTITIES,
    15_000_000: words.COMMENTS,
    15_010_100: words.READ_COMMENTS,
    15_010_200: words.WRITE_COMMENTS,
    16_000_000: words.PLUGIN,
    18_000_000: words.TIKTOK_ACCOUNTS,
    18_010_100: words.READ_TIKTOK_ACCOUNT,
    18_020_000: words.VIDEOS,
}
_FAMILIES: Mapping[str, Message] = {
    "3": words.AUDIENCES,
    "60": words.IMAGES,
    "61": words.VIDEO_FILES,
    "15020": words.BLOCKED_WORDS,
    "18030": words.TIKTOK_COMMENTS,
}
# What the desk cannot do without, each with the permission that carries it [business-api.md 2].
_NEEDED: Sequence[frozenset[int]] = (
    frozenset({200, 2}), frozenset({201, 2}), frozenset({210, 2}), frozenset({211, 2}), frozenset({220, 2}),
    frozenset({221, 2}), frozenset({44, 4}), frozenset({100, 10, 1}), frozenset({15_010_100, 15_000_000}),
    frozenset({15_010_200, 15_000_000}),
)  # fmt: skip


def name_scope(scope: int) -> Message:
    """Say what a permission allows."""
    text = str(scope)
    family = next((said for prefix, said in _FAMILIES.items() if text.startswith(prefix) and text != prefix), None)
    return _WORDS.get(scope) or family or words.unknown_scope(number=scope)


def list_missing(granted: Sequence[int]) -> list[int]:
    """Tell which permissions the desk lacks, by the number of the narrowest that would do."""
    have = set(granted)
    return [max(choice) for choice in _NEEDED if not have & choice]
