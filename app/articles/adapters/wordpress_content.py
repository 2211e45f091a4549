"""A WordPress post as it is stored, read as somebody does who is no member: without blocks for some, and shortcodes.

Webhooks carry the text with the comments by which the block editor remembers its blocks, and with shortcodes that only
WordPress itself can put something in the place of (seen in WordPress 6.1.9, November 2026).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_BLOCK = re.compile(r"<!--\s*+(/?)wp:([a-z][a-z0-9/_-]*+)((?:(?!-->).)*+)-->", re.DOTALL)
_PAYWALL_BLOCK = "jetpack/paywall"
_GATED_BLOCKS = re.compile(
    r"premium-content/subscriber-view|memberful/.+|pmpro/.+|memberpress/.+|restrict-content.*/.+|leaky-paywall/.+|"
    r"woocommerce-memberships/.+|members/.+|paid-memberships-pro/.+|newspack/content-gate.*"
)
# Another site's matter, a form, a button, a list of other posts, or the labels of a player.
_FOREIGN_BLOCKS = re.compile(
    r"(?:core/)?(?:embed|button|buttons|file|social-links?|latest-posts|latest-comments|query|rss|search|video|audio|"
    r"calendar|archives|tag-cloud|loginout)|core-embed/.+|premium-content/.+|newspack-(?:blocks|newsletters|popups)/.+|"
    r"jetpack/(?:subscriptions|contact-form|related-posts|recurring-payments|donations|payment-buttons|send-a-message|"
    r"calendly|opentable|mailchimp|whatsapp-button|button|like|sharing-buttons?|blogging-prompt)|"
    r"(?:mailpoet|woocommerce|gravityforms|contact-form-7|wpforms)/.+"
)
_GATES = (
    "restrict", "restricted", "membership", "members", "members_only", "member", "mepr-active", "mepr-show",
    "pmpro_member", "rcp_restrict", "ihc-hide-content", "wcm_restrict", "um_loggedin", "paywall", "subscriber",
    "subscribers", "premium", "private", "loggedin", "logged_in", "is_logged_in", "hide_content", "content_control",
    "s2if", "memberful", "leaky_paywall", "paid", "registered",
)  # fmt: skip
_GATE_OPEN = re.compile(rf"\[({'|'.join(map(re.escape, _GATES))})(?:\s[^\[\]]{{0,500}})?\]", re.IGNORECASE)
_UNREAD = re.compile(r"\[(embed|video|audio|playlist|code)(?:\s[^\[\]]{0,500})?\].{0,2000}?\[/\1\]", re.DOTALL)
# A word in square brackets is often an editor's own: only what has values, or is well known, is a shortcode.
_SHORTCODE = re.compile(
    r"\[\[?(?:/[a-zA-Z][\w-]{0,60}|[a-zA-Z][\w-]{0,60}\s[^\[\]=]{0,80}=[^\[\]]{0,1000}|"
    r"(?:gallery|caption|wp_caption|contact-form|toc|ad|ads|adsense|newsletter|more|audio|video|embed))\s*/?\]\]?"
)


@dataclass(frozen=True, slots=True)
class OpenPart:
    """What of a post every reader sees. `is_gated`: something of it is for some readers only."""

    markup: str
    is_gated: bool


def open_part(content: str) -> OpenPart:
    """Read a post's content."""
    pieces, is_gated = _without_blocks(content)
    markup, has_gate = _without_gates("".join(pieces))
    markup = _SHORTCODE.sub("", _UNREAD.sub("", markup))
    return OpenPart(markup, is_gated or has_gate)


def _without_blocks(content: str) -> tuple[list[str], bool]:
    """Leave out unwanted blocks; one that does not end hides all that follows."""
    kept: list[str] = []
    at = depth = 0
    name, is_gated = "", False
    for match in _BLOCK.finditer(content):
        is_end, block, is_whole = bool(match[1]), match[2], match[3].rstrip().endswith("/")
        if depth:
            if block == name and not is_whole:
                depth += -1 if is_end else 1
            at = match.end()
        elif not is_end and (block == _PAYWALL_BLOCK or _is_unwanted(block)):
            kept.append(content[at : match.start()])
            is_gated = is_gated or block == _PAYWALL_BLOCK or _GATED_BLOCKS.fullmatch(block) is not None
            if block == _PAYWALL_BLOCK:
                return kept, True
            at, name, depth = match.end(), block, 0 if is_whole else 1
    if depth == 0:
        kept.append(content[at:])
    return kept, is_gated


def _is_unwanted(block: str) -> bool:
    return _GATED_BLOCKS.fullmatch(block) is not None or _FOREIGN_BLOCKS.fullmatch(block) is not None


def _without_gates(markup: str) -> tuple[str, bool]:
    kept = list(_outside_gates(markup))
    return "".join(kept), len(kept) > 1


def _outside_gates(markup: str) -> Iterator[str]:
    at = 0
    while opening := _GATE_OPEN.search(markup, at):
        yield markup[at : opening.start()]
        closing = re.compile(rf"\[/{re.escape(opening[1])}\]", re.IGNORECASE).search(markup, opening.end())
        if closing is None:
            # A gate that does not end hides all that follows.
            yield ""
            return
        at = closing.end()
    yield markup[at:]
