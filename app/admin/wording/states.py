"""The newsroom's words for what the machine says: states, reasons, and what to do about each."""

from dataclasses import dataclass, replace

from app.messages import codes
from app.messages.codes import STATUSES
from app.messages.kinds import quote
from app.messages.message import Message
from app.messages.translator import N_, Translator
from app.posts.models import AttemptOutcome, PostState
from app.tiktok.catalogue import explain_error, explain_fail_reason


@dataclass(frozen=True, slots=True)
class StateWords:
    """A state as an editor reads it. `tone` chooses the colour of its chip; the word is always there too."""

    label: str
    tone: str
    meaning: str


_TONES: dict[PostState, str] = {
    PostState.scheduled: "warn",
    PostState.awaiting_approval: "warn",
    PostState.queued: "busy",
    PostState.publishing: "busy",
    PostState.retryable: "warn",
    PostState.unconfirmed: "odd",
    PostState.sent_to_inbox: "good",
    PostState.published: "good",
    PostState.failed: "bad",
    PostState.cancelled: "calm",
}
STATES: dict[PostState, StateWords] = {
    state: StateWords(codes.STATES[state], _TONES[state], state.meaning) for state in PostState
}
_PREPARED_TO_ASK = replace(
    STATES[PostState.queued],
    meaning=N_("Text and pictures are being made ready; then the post waits for approval, and nothing is sent before."),
)

_OUTCOMES: dict[AttemptOutcome, tuple[str, str]] = {
    AttemptOutcome.sending: (N_("on its way"), "busy"),
    AttemptOutcome.accepted: (N_("accepted"), "good"),
    AttemptOutcome.not_sent: (N_("not sent"), "calm"),
    AttemptOutcome.refused: (N_("refused"), "bad"),
    AttemptOutcome.unknown: (N_("answer lost"), "odd"),
}

REASONS: dict[str, str] = {
    "embargo": N_("The time that the article itself or a person has set has not come yet."),
    "implausible_date": N_(
        "The article's publication date is more than a year away. Correct it in the CMS, or send the post now."
    ),
    "daily_cap": N_("The account has used up its posts for 24 hours. The post takes the next free slot."),
    "waits_too_long": N_(
        "The post would go out later than the source's rules let its news wait. Send it all the same, or stop it."
    ),
    "pending_drafts": N_("The creator's inbox is full of drafts. The post takes the next free slot."),
    "approval": N_("The posts of this account wait for a person's approval."),
    "account_reconnect": N_("TikTok no longer accepts the account's login. Reconnect the account in the settings."),
    "url_ownership_unverified": N_(
        "TikTok takes nothing from the pictures' address until it is proven that the address is yours. Then the post"
        " goes out by itself."
    ),
    "account_disabled": N_("The account is switched off in the settings."),
    "needs_privacy_level": N_("Nobody has chosen yet who may see this account's posts. Choose it in the settings."),
    "privacy_level_mismatch": N_(
        "TikTok no longer offers the chosen audience to this creator. Choose again in the account's settings."
    ),
    "restored": N_(
        "The database was restored from a backup, and TikTok may have got the post since then. Look at the account on"
        " TikTok: if it is not there, send it; if it is, cancel it."
    ),
    "article_unpublished": N_("The article was unpublished."),
    "article_unwanted": N_(
        "The article no longer carries the tag that asks for TikTok, or its editor said in the CMS that it is not for"
        " TikTok."
    ),
    "article_left_out": N_("What the article's own page says keeps it out by the source's rules."),
    "not_sent": N_("TikTok could not be reached. Nothing was sent; it is tried again."),
    "worker_lost": N_("The program was interrupted while it was sending, so TikTok's answer is unknown."),
    "needs_image": N_("None of the article's pictures can be used, and TikTok takes no photo post without one."),
    "cancelled_by_person": N_("Somebody stopped the post."),
    "not_posted": N_("Somebody looked: the post is not on TikTok."),
    "no_verdict": N_(
        "TikTok gave no verdict in 48 hours. Look at the account on TikTok, then say whether the post is there."
    ),
}
"""Where there is none for a slug, the post's own sentence is shown."""

_BY_NAME = frozenset({"cancelled_by_person", "article_left_out"})
"""Reasons of which the post's own sentence tells more: who it was, or which rule."""

ALERTS: dict[str, str] = {
    "article_unpublished": N_(
        "The article was unpublished, but TikTok already has the post. Delete it in TikTok's app if it must go."
    ),
    "taken_down": N_(
        "TikTok says that the post can no longer be seen by everyone: it was deleted or hidden. Look at the account on"
        " TikTok."
    ),
    "perhaps_twice": N_("The post may be on TikTok twice. Look at the account on TikTok, and delete one if it is so."),
    "contradicted": N_(
        "TikTok says that it has this post after all, although it ended otherwise here. Look at the account on TikTok."
    ),
}

_SOME_ALERT = N_("Something about this post needs a look. Look at the account on TikTok.")

EVIDENCE: dict[str, str] = {
    "answer": N_("TikTok's late answer"),
    "webhook": N_("TikTok's own message"),
    "media": N_("TikTok's request for the media"),
    "list": N_("the account's list of posts"),
    "person": N_("a person's word"),
    "no_upload": N_("the address for the upload was lost"),
    "none": N_("nothing was seen"),
}
"""What settled an attempt whose answer was lost."""


def words_of(state: PostState, *, is_asked_for: bool) -> StateWords:
    """Say where a post stands; `is_asked_for`: somebody has yet to approve it."""
    return _PREPARED_TO_ASK if is_asked_for and state is PostState.queued else STATES[state]


def explain_reason(i18n: Translator, reason: str | None, detail: Message | None) -> str:
    """Say why a post is where it is: by its slug where we have words for it, else in its own sentence."""
    if reason in _BY_NAME and detail:
        return detail.shown(i18n)
    known = REASONS.get(reason or "")
    return i18n.gettext(known) if known else detail.shown(i18n) if detail else ""


def explain_alert(i18n: Translator, alert: str | None) -> str:
    """Say what somebody should look at."""
    return i18n.gettext(ALERTS.get(alert, _SOME_ALERT)) if alert else ""


def explain_status(i18n: Translator, status: str | None) -> str:
    """Say what TikTok answered when it was asked about the post; a status of tomorrow is quoted."""
    known = STATUSES.get(status or "")
    return i18n.gettext(known) if known else quote(status) if status else ""


def quote_reason(reason: str | None, help_text: str | None) -> str:
    """TikTok's own word for a failure, which its support asks for; what we refused ourselves has none."""
    is_tiktok_s = any(explain(reason).cause in (help_text or "") for explain in (explain_fail_reason, explain_error))
    return reason if reason and is_tiktok_s else ""


def name_outcome(outcome: str) -> tuple[str, str]:
    """The word and the tone for an attempt's outcome."""
    return _OUTCOMES[AttemptOutcome(outcome)]


NOTICES: dict[str, str] = {
    "approved": N_("Approved. What becomes of the post stands below."),
    "written": N_("The post is made. Here you see what becomes of it."),
    "written_many": N_("The posts are made."),
    "moved": N_("The post has a new time."),
    "retried": N_("Sent again. What becomes of the post stands below."),
    "brought_back": N_("The post is back."),
    "cancelled": N_("Cancelled."),
    "rejected": N_("Sent back. The comment stands under “What happened”."),
    "resolved": N_("Noted."),
    "checked": N_("Looked once more. What was seen stands under “What happened”."),
    "dismissed": N_("The warning is gone."),
    "saved": N_("Saved."),
    "disconnected": N_("The account is disconnected, and its tokens are deleted."),
    "not_revoked": N_(
        "The tokens are deleted, but TikTok could not be told. The creator can end the permission in the TikTok app:"
        " Settings and privacy, Security and permissions, Apps and services permissions."
    ),
    "file_stored": N_("The verification file is in place."),
    "address_asked": N_("One of the posts that wait is sent now. If TikTok takes it, all go out."),
    "file_deleted": N_("The verification file is deleted."),
    "notification_added": N_("Added. Send a test to see whether it arrives."),
    "notification_removed": N_("The notification is removed."),
    "replayed": N_("It is sent once more."),
    "preset_used": N_("The hashtags of the set are in use."),
    "restored": N_("It is as it was then. What was there before stands in the history."),
    "source_saved": N_("The source is saved."),
    "source_deleted": N_("The source is removed."),
    "password_changed": N_("The password is changed, and your other logins have ended."),
    "login_ended": N_("That login has ended."),
    "logins_ended": N_("Your other logins have ended."),
    "second_factor_off": N_("The second factor is off."),
    "person_saved": N_("The person is saved. Another role counts at once."),
    "person_removed": N_("The person is removed, and their logins have ended."),
    "person_freed": N_("The second factor of this person is off: the next login wants the password alone."),
    "key_removed": N_("The key is taken back: it opens nothing any more."),
    "accepted": N_("The other account is connected."),
    "discarded": N_("The connection was discarded."),
    "moved_account": N_("The account is a business account now. Its posts and figures stayed with it."),
    "media_verified": N_("TikTok has verified the address of the media for business accounts."),
    "ads_file_stored": N_("The file is in the ad account's library."),
    "ads_report_begun": N_("TikTok was asked for the file. How far it is stands below."),
    "comments_asked": N_("TikTok is asked for new comments: they come within a minute."),
    "canned_saved": N_("The prepared answer is saved."),
    "comment_written": N_("TikTok has the comment."),
    "comment_was_there": N_("The same words had been said before, and were not said again."),
    "canned_removed": N_("The prepared answer is gone."),
    "words_saved": N_("The blocked words are as you wanted them."),
    "ads_synced": N_("The list of ad accounts is up to date."),
    "ads_synced_in_part": N_("Some connections could not be asked: look at them below."),
    "ads_disconnected": N_("TikTok has ended the permission for ads, and the token is deleted."),
    "ads_forgotten": N_(
        "The token is deleted, but TikTok could not be told. Remove the app in TikTok Ads Manager as well."
    ),
}
"""What a page says after it did something: named in the address, so that no foreign text can be put into it."""
