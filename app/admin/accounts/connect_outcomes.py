"""How a hop to TikTok ended, in words: cause and cure for every reason that the callback may name."""

from dataclasses import dataclass

from app.admin.wording.hops import Reasons, reasons_of_hop
from app.messages.translator import N_, Translator
from app.tiktok.catalogue_permission import explain_oauth_error

_AGAIN = N_("Press “Connect TikTok” again, in the same browser, and finish within ten minutes.")

_REASONS: Reasons = {
    **reasons_of_hop(_AGAIN),
    "access_denied": (
        N_("The permission was not given on TikTok's page."),
        N_("Press “Connect TikTok” again, and there press Continue with every permission left ticked."),
    ),
    "missing_scope": (
        N_("The permission to post was not granted, so nothing could ever be posted."),
        N_("Connect again and leave every permission ticked on TikTok's page."),
    ),
    "other_account": (N_("Another TikTok account came back than the one that was to be reconnected."), ""),
    "not_configured": (
        N_("Client key or secret of the TikTok app are missing."),
        N_("Enter both under “Your TikTok app”, then connect again."),
    ),
    "business_not_configured": (
        N_("Id or secret of the app at TikTok API for Business are missing."),
        N_("Set TikTok__AppId and TikTok__AppSecret, and start the service anew."),
    ),
    "posts_under_way": (
        N_("TikTok is still working on posts of this account, or their answers are unknown."),
        N_("Wait until they are settled, then move the account within half an hour, or begin anew."),
    ),
    "connected_already": (
        N_("This TikTok account is connected already, as an account of its own."),
        N_("Use that one. Posts of the other stay where they are."),
    ),
    "exchange_failed": (
        N_("TikTok did not accept the code that its own page had given."),
        N_("Connect again. If it stays so, compare redirect URI and client key here with TikTok's developer portal."),
    ),
    "tiktok_error": (
        N_("TikTok refused for a reason that is not in its documentation."),
        N_(
            "Try again. If it stays so, compare app, scopes and redirect URI in TikTok's developer portal with this"
            " page."
        ),
    ),
}

_UNKNOWN = "tiktok_error"


@dataclass(frozen=True, slots=True)
class PendingView:
    """Another account that came back, until somebody decides."""

    id: str
    name: str
    wanted: str
    is_move: bool = False


@dataclass(frozen=True, slots=True)
class ConnectOutcome:
    """The banner above the settings after TikTok has sent the browser back."""

    tone: str
    title: str
    cause: str = ""
    cure: str = ""
    code: str = ""
    """TikTok's own word, where it gave one."""
    pending: PendingView | None = None
    is_first_way: bool = False
    """Nothing has gone out yet: the way to the first post goes on."""


def read_outcome(
    i18n: Translator, result: str, reason: str, pending: PendingView | None, *, is_first_way: bool = False
) -> ConnectOutcome | None:
    """Explain `?tiktok_auth=…&reason=…`. Nothing of the address itself is shown, but a reason that we know."""
    if result == "success":
        return ConnectOutcome("good", N_("The TikTok account is connected."), is_first_way=is_first_way)
    if result != "error":
        return None
    cause, cure = _explain(reason)
    return ConnectOutcome(
        tone="bad",
        title=N_("The TikTok account was not connected."),
        cause=i18n.gettext(cause),
        cure=i18n.gettext(cure),
        code=reason if explain_oauth_error(reason).is_known else "",
        pending=pending,
    )


def _explain(reason: str) -> tuple[str, str]:
    advice = explain_oauth_error(reason)
    if reason not in _REASONS and advice.is_known:
        return advice.cause, advice.cure
    return _REASONS.get(reason, _REASONS[_UNKNOWN])
