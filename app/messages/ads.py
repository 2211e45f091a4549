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


REVOKED = plain("ads_revoked", "TikTok has ended the permission for ads, and the token is forgotten.")
NOT_REVOKED = plain(
    "ads_not_revoked",
    "The token is forgotten, but TikTok could not be told. To end the permission there too, remove the app in TikTok"
    " Ads Manager.",
)
SMART_PLUS_READ_ONLY = plain(
    "ads_smart_plus_read_only",
    "This belongs to Upgraded Smart+, which is only shown here. Change it in TikTok Ads Manager",
)
CHANGED_MEANWHILE = plain(
    "ads_changed_meanwhile",
    "Somebody or something has changed this meanwhile, so nothing was sent. Look at how it stands, then decide again",
)
NO_OBJECT = plain("ads_object_not_found", "This ad account has nothing of that id.")
OUTCOME_UNKNOWN = plain(
    "ads_write_outcome_unknown",
    "TikTok's answer was lost: it may have been done or not. Look at the ad account before anything is sent again.",
)
SOME_NOT_SWITCHED = plain("ads_some_not_switched", "Some could not be switched. What is wrong stands beside each.")
TIKTOK_REFUSED = plain("ads_tiktok_refused", "TikTok does not accept one of the values.")
NOT_GRANTED = plain("ads_not_granted", "TikTok does not allow this to whoever consented.")
CONFLICT_AT_TIKTOK = plain("ads_conflict", "TikTok has the same already, or somebody else changes it just now.")
NOT_IN_SANDBOX = plain("ads_write_not_in_sandbox", "TikTok's sandbox does not have this.")
ASKED_TOO_OFTEN = plain("ads_asked_too_often", "TikTok takes only so many calls. Try again a little later")
TIKTOK_AWAY = plain("ads_tiktok_away", "TikTok does not answer, or something failed there. Nothing was changed")


@sentence("These values are wrong, and nothing was sent: %(fields)s.")
def invalid_input(fields: str) -> None: ...


@sentence("Spending guards do not let this pass: %(guards)s. If it is meant, send it with confirm: %(confirm)s")
def guard_broken(guards: str, confirm: str) -> None: ...


@sentence("%(endpoint)s: TikTok said: %(said)s")
def tiktok_said(endpoint: str, said: str) -> None: ...


@sentence("Objects of Upgraded Smart+ are missing here, because TikTok did not tell them: %(said)s")
def smart_plus_not_told(said: str) -> None: ...
