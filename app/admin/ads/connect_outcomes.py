"""How a consent to ads ended, in words: cause and cure for every reason that the callback may name."""

from dataclasses import dataclass

from app.admin.wording.hops import Reasons, reasons_of_hop
from app.messages.translator import N_, Translator

_AGAIN = N_("Press “Connect ad accounts” again, in the same browser, and finish within ten minutes.")

_REASONS: Reasons = {
    **reasons_of_hop(_AGAIN),
    "access_denied": (
        N_("The permission was not given on TikTok's page."),
        N_("Press “Connect ad accounts” again, and confirm there."),
    ),
    "ads_not_configured": (
        N_("The id or the secret of the app at TikTok API for Business is missing."),
        N_("Set TikTok__AppId and TikTok__AppSecret, then connect again."),
    ),
    "invalid_client": (
        N_("TikTok does not accept the app's id and secret."),
        N_("Compare TikTok__AppId and TikTok__AppSecret with the app's page in TikTok's portal."),
    ),
    "not_in_sandbox": (
        N_("TikTok's sandbox has no consent page."),
        N_("Put the token of the sandbox into TikTok__AccessToken: it works without a connection."),
    ),
    "exchange_failed": (
        N_("TikTok did not accept the code that its own page had given."),
        N_("Connect again. If it stays so, compare the redirect address and the app's id with TikTok's portal."),
    ),
    "tiktok_error": (N_("TikTok refused for a reason that is not in its documentation."), _AGAIN),
}
_UNKNOWN = "tiktok_error"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The banner above the page after TikTok has sent the browser back."""

    tone: str
    title: str
    cause: str = ""
    cure: str = ""


def read_outcome(i18n: Translator, result: str, reason: str) -> Outcome | None:
    """Explain `?ads_auth=…&reason=…`. Nothing of the address itself is shown, but a reason that we know."""
    if result == "success":
        return Outcome("good", i18n.gettext(N_("The ad accounts are connected.")))
    if result != "error":
        return None
    cause, cure = _REASONS.get(reason, _REASONS[_UNKNOWN])
    title = i18n.gettext(N_("The ad accounts were not connected."))
    return Outcome("bad", title, i18n.gettext(cause), i18n.gettext(cure))
