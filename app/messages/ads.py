"""The ads desk: who consented, what a role allows, and what became of a write."""

from app.messages.message import plain, sentence

NO_ADVERTISER = plain(
    "advertiser_not_found",
    "No connection opens this ad account. Let somebody consent for it, or bring the list up to date",
)
NO_CONNECTION = plain("ads_connection_not_found", "There is no such connection.")
ROLE_FORBIDS = plain("role_forbids", "The role at this ad account does not allow this. Nothing was sent")
CONSENT_AGAIN = plain(
    "ads_consent_again", "TikTok no longer accepts this permission for ads. Let the advertiser consent again"
)
APP_MISSING = plain(
    "ads_app_missing",
    "The app's id or secret is missing. Set TikTok__AppId and TikTok__AppSecret",
)
NO_CONSENT_IN_SANDBOX = plain(
    "ads_no_consent_in_sandbox",
    "TikTok's sandbox has no consent: it works with the token of TikTok__AccessToken",
)


@sentence("As %(role)s at this ad account one may only read. Nothing was sent.")
def role_only_reads(role: str) -> None: ...


@sentence("As %(role)s at this ad account one may not move money. Nothing was sent.")
def role_moves_no_money(role: str) -> None: ...
