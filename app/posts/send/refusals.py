"""What a refusal means that came before init: of the token, or of the question what the creator may post."""

from app.accounts.errors import AccountDisconnected, AccountNeedsReconnect
from app.errors import AppError, TransientError
from app.messages import timeline
from app.posts.waits import Halt, heed, try_again, wait_for_person, wait_for_set_up
from app.tiktok.errors import OAuthRefused, TikTokHoldsBack, TikTokRefused

_GONE: dict[type[AppError], str] = {
    AccountNeedsReconnect: "account_reconnect",
    AccountDisconnected: "account_disconnected",
}


def judge_refusal(error: AppError, failures: int) -> Halt:
    """Judge a refusal of creator_info or of the token: nothing of the post has been sent."""
    if type(error) in _GONE:
        return wait_for_person(_GONE[type(error)], error.message)
    if isinstance(error, TikTokHoldsBack):
        return heed(error.advice, failures=failures, log_id=error.log_id, retry_after=error.retry_after)
    if isinstance(error, TikTokRefused) and not isinstance(error, OAuthRefused):
        return heed(error.advice, failures=failures, log_id=error.log_id, retry_after=None, said=error.detail)
    if isinstance(error, TransientError):
        detail = timeline.CREATOR_NOT_TOLD
        return try_again(failures, error.code, detail, log_id=error.log_id, after=error.retry_after)
    return wait_for_set_up(error.code, error.message)
