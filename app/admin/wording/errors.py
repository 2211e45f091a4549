"""What an error means for the person before the screen."""

from app.errors import AppError
from app.messages.translator import N_, Translator

_BY_CODE = {
    "state_forbids": N_("The post has just moved on. Look at it again."),
    "tiktok_unavailable": N_("TikTok does not answer. Try again in a moment."),
}


def explain(i18n: Translator, error: AppError) -> str:
    """Say it on a page: by the error's code where that tells a person more than its own sentence."""
    known = _BY_CODE.get(error.code)
    return i18n.gettext(known) if known else error.message.shown(i18n)
