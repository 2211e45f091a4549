"""What the audit log noted of a value, in a newsroom's words: names of settings, and what they may be set to."""

from collections.abc import Mapping

from app.admin.accounts.page import TOGGLES
from app.admin.keys.page import SCOPES as KEY_SCOPES
from app.admin.team.team_page import ROLES
from app.audit.record import as_text
from app.messages.codes import LIMITS, MODES, PRIVACY_LEVELS, STATES
from app.messages.translator import N_, Translator

_POST = {
    "state": N_("State"),
    "title": N_("Title"),
    "description": N_("Description"),
    "hashtags": N_("Hashtags"),
    "scheduled_at": N_("Goes out"),
    "comment": N_("Comment"),
    "pictures": N_("Pictures"),
    "media": N_("Pictures"),
    "url": N_("Link"),
    "verdict": N_("What became of it"),
    "accounts": N_("Accounts"),
    "account_ids": N_("Accounts"),
    "privacy_levels": N_("Who can see this post"),
}
_ACCOUNT = {
    "enabled": N_("Switched on"),
    "mode": N_("How posts go out"),
    "privacy_level": N_("Who can see its posts"),
    "disable_comment": N_("No comments"),
    "disable_duet": N_("No duets"),
    "disable_stitch": N_("No stitches"),
    # Those of TikTok's that the page turns round have words of their own, above.
    **{name: label for name, label, *_ in TOGGLES if not name.startswith("allow_")},
    "daily_cap": N_("Posts in 24 hours"),
    "card_background": N_("Background"),
    "card_text": N_("Text"),
    **LIMITS,
}
_PEOPLE = {
    "email": N_("E-mail"),
    "name": N_("Name"),
    "role": N_("Role"),
    "language": N_("Language"),
    "timezone": N_("Time zone"),
    "scopes": N_("Permissions"),
    "made_by": N_("Made by"),
    "expires_at": N_("Good until"),
}
_AROUND = {
    "address": N_("Address"),
    "events": N_("Told when"),
    "is_digested": N_("Gather what is of one kind"),
    "approval_after_minutes": N_("Approvals only after so many minutes"),
    "switched_off_at": N_("Switched off"),
    "card_name": N_("Name on cards"),
    "rules": N_("Rules"),
    "feed_url": N_("Feed"),
    "poll_minutes": N_("Minutes between two readings"),
    "max_age_hours": N_("Oldest age in hours"),
    "max_wait_hours": N_("Longest wait in hours"),
    "client_key": N_("Client key"),
    "redirect_uri": N_("Redirect URI"),
    "content": N_("Content"),
    "text": N_("Text"),
    "words": N_("Blocked words"),
    "hour": N_("Hour"),
}
_ADS = {
    "ad account": N_("Ad account"),
    "budget": N_("Budget"),
    "days": N_("Days"),
    "currency": N_("Currency"),
    "post": N_("Post"),
    "max_raise_percent": N_("Highest raise at once"),
    "max_daily_budget": N_("Highest daily budget"),
    "max_total_budget": N_("Highest total budget"),
    "max_transfer": N_("Highest transfer"),
}
NAMES: Mapping[str, str] = {**_POST, **_ACCOUNT, **_PEOPLE, **_AROUND, **_ADS}
"""A name that is not here is shown as it is: another part of the service may note more."""

UNTOLD = frozenset({"content_hash", "prepared_version"})
"""What holds a decision to the words that were read: it tells a person nothing."""

_CODES: Mapping[str, Mapping[str, str]] = {
    "state": STATES,
    "mode": {mode: label for mode, (label, _) in MODES.items()},
    "privacy_level": PRIVACY_LEVELS,
    "role": {str(role): label for role, label, _ in ROLES},
    "scopes": {str(scope): label for scope, label, _ in KEY_SCOPES},
    "verdict": {"posted": N_("Yes, it is there"), "not_posted": N_("No, it is not there")},
}


def say(i18n: Translator, name: str, value: object) -> str:
    """Write a noted value for a person."""
    if value is None or value in ("", []):
        return ""
    if isinstance(value, bool):
        return i18n.gettext(N_("On") if value else N_("Off"))
    known = _CODES.get(name, {})
    if isinstance(value, str):
        return i18n.gettext(known[value]) if value in known else value
    if isinstance(value, list) and all(isinstance(item, (str, int, float)) for item in value):
        return ", ".join(say(i18n, name, item) for item in value)
    return as_text(value)
