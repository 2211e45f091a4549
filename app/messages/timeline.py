"""What happens to a post on its way: the article's news, and what it waits for."""

from datetime import datetime

from app.messages.kinds import Level, Levels
from app.messages.message import Message, plain, sentence

ARRIVED = plain("article_arrived", "The article arrived.")
CHANGED_KEEPS_TEXT = plain("article_changed_text_kept", "The article changed. The text edited by hand is kept.")
CHANGED = plain("article_changed", "The article changed: the post will carry the new text.")
FILLED = plain("article_filled", "The article's page had what the CMS left out: the post will carry that too.")
PREPARED_ANEW = plain("prepared_anew", "The article changed: the post is prepared anew.")
PREPARED_ANEW_KEEPS_TEXT = plain(
    "prepared_anew_text_kept",
    "The article changed: the post is prepared anew. The text edited by hand is kept.",
)
APPROVAL_ENDED = plain(
    "approval_ended", "The article changed after the post was approved: it waits for approval again."
)
APPROVAL_ENDED_KEEPS_TEXT = plain(
    "approval_ended_text_kept",
    "The article changed after the post was approved: it waits for approval again. The text edited by hand is kept.",
)
CONSENT_RENEWED = plain("consent_renewed", "The post was approved anew.")
CONSENT_OUTDATED = plain(
    "consent_outdated",
    "Words, pictures or video are no longer those that were approved. Look at the post again, then approve it.",
)
APPROVAL_OUTDATED = plain(
    "approval_outdated", "The article changed after the post was approved. Read it again, then approve it."
)
PUBLISHED_AGAIN = plain("article_published_again", "The article was published again.")
PUBLISHED_AGAIN_PERHAPS_THERE = plain(
    "article_published_again_perhaps_there",
    "The article was published again. TikTok may have got the post before the article was withdrawn: look at the"
    " account on TikTok, then say whether the post is there.",
)
UNPUBLISHED = plain("article_unpublished", "The article was unpublished.")
UNWANTED = plain(
    "article_unwanted",
    "The article no longer carries the tag that asks for TikTok, or its editor said in the CMS that it is not for"
    " TikTok.",
)
UNPUBLISHED_BUT_POSTED = plain(
    "article_unpublished_but_posted",
    "The article was unpublished, but TikTok already has the post: delete it in TikTok's app if it must go.",
)
DUE = plain("post_due", "Its time has come.")
NO_APPROVAL_ASKED = plain("no_approval_asked", "The account no longer asks for approval, as when the post was made.")
WAIT_IS_OVER = plain("wait_is_over", "What the post waited for is done.")
ASKS_FOR_PROOF = plain(
    "asks_for_proof",
    "The post is sent first, to see whether TikTok takes pictures and videos from this service's address by now.",
)
OTHERS_FIRST = plain("others_first", "Older posts of the account go first; the post takes the next free slot.")
SLOWED = plain(
    "account_slowed",
    "TikTok said that this account posts too fast: its posts keep a longer distance for some hours.",
)
SHARED_CAP = plain(
    "shared_cap",
    "TikTok takes no more posts of this creator now: all apps and the creator's own posts share the limit of 24"
    " hours. The post takes the next free slot.",
)
SHARED_INBOX = plain(
    "shared_inbox",
    "TikTok takes no more drafts for this creator's inbox now; the post takes the next free slot.",
)
ASKED_TO_WAIT = plain("asked_to_wait", "TikTok asked this account to wait.")
TAKES_ITS_TURN = plain(
    "takes_its_turn",
    "TikTok answers only so many questions about this account a minute; the post takes its turn.",
)
CREATOR_NOT_TOLD = plain("creator_not_told", "TikTok did not say what the creator may post now. It is asked again.")
TRIED_AGAIN = plain("tried_again", "It is tried again.")
CUT_OFF = plain(
    "work_cut_off",
    "The work on this post was cut off: the program ended, or it took too long. Nothing was sent; it is tried again.",
)
OUR_FAULT = plain("our_fault", "An error of this service's own: its log tells more. Nothing was sent to TikTok.")
NO_TEXT = plain(
    "article_without_text",
    "The article has neither a title nor a text. Give it a title in the CMS, or cancel the post.",
)
ACCOUNT_DISCONNECTED = plain(
    "account_disconnected", "The account was disconnected. Connect it again, or cancel the post."
)
ACCOUNT_RECONNECT = plain("account_reconnect", "TikTok no longer accepts the account's login. Reconnect the account.")
ACCOUNT_OFF = plain("account_disabled", "The account is switched off in the settings.")
NEEDS_APPROVAL = plain("needs_approval", "The account's posts wait for a person's approval.")
NEEDS_AUDIENCE = plain(
    "needs_audience",
    "Nobody has chosen yet who may see this account's posts. Choose it in the account's settings.",
)
BUSINESS_PHOTO_AI = plain(
    "business_photo_ai",
    "TikTok has no AI label for photos of business accounts, so this post would go out without it. Take the label away"
    " if it is not needed, or post it from a creator's account.",
)
BUSINESS_VIDEO_PUBLIC = plain(
    "business_video_public",
    "Videos of a business account are always public, and this post is not meant for everyone. Choose “Everyone”, or"
    " cancel the post.",
)
RELEASED_AFTER_RESTORE = plain(
    "released_after_restore", "After the restore a person said that TikTok does not have the post."
)
PERMISSION_TAKEN_BACK = plain(
    "permission_taken_back",
    "The creator took the permission back in TikTok's app. Connect the account again, or cancel the post.",
)
ACCOUNT_DELETED = plain(
    "account_deleted", "The TikTok account was deleted. Connect another account, or cancel the post."
)
ACCOUNT_AGE = plain(
    "account_age",
    "TikTok ended the permission because the account holder's age was changed. Connect the account again when TikTok"
    " allows it, or cancel the post.",
)
ACCOUNT_BANNED = plain(
    "account_banned",
    "TikTok has banned the account. Cancel the post, or connect the account again when TikTok allows it.",
)
PERMISSION_ENDED_BY_APP = plain(
    "permission_ended_by_app",
    "The permission was ended by this app. Connect the account again, or cancel the post.",
)
PERMISSION_ENDED = plain(
    "permission_ended",
    "TikTok has ended the permission for this account. Connect the account again, or cancel the post.",
)


@sentence(
    "The article was unpublished, but TikTok already has the post, and takes no deletions by API: delete it in TikTok's"
    " app by %(time)s."
)
def delete_by(time: datetime) -> None: ...


@sentence("The source's rules hold it back until %(time)s.")
def held_by_rule(time: datetime) -> None: ...


@sentence("The article is published at %(time)s.")
def published_at(time: datetime) -> None: ...


@sentence(
    "The article says that it is published on %(date)s, more than a year from now. Correct the date in the CMS, or"
    " send the post now."
)
def implausible_date(date: datetime) -> None: ...


@sentence(
    "The post would go out on %(date)s, and the source's rules let its news wait for %(hours)s h at most. Send it all"
    " the same, or stop it."
)
def waits_too_long(date: datetime, hours: int) -> None: ...


@sentence(
    "The account has used up its %(cap)s post in 24 hours; the post takes the next free slot.",
    "The account has used up its %(cap)s posts in 24 hours; the post takes the next free slot.",
    by="cap",
)
def cap_reached(cap: int) -> None: ...


@sentence(
    "The account has used up its %(cap)s drafts that wait in the creator's inbox; the post takes the next free slot."
)
def drafts_reached(cap: int) -> None: ...


@sentence(
    "TikTok takes %(count)s post a minute from one account.",
    "TikTok takes %(count)s posts a minute from one account.",
    by="count",
)
def minute_full(count: int) -> None: ...


@sentence("TikTok no longer offers %(chosen)s to this creator, only %(offered)s. Choose again and approve.")
def audience_gone_for_post(chosen: Level, offered: Levels) -> None: ...


@sentence("TikTok no longer offers %(chosen)s to this creator, nor any other audience. Choose again and approve.")
def no_audience_for_post(chosen: Level) -> None: ...


@sentence(
    "TikTok no longer offers %(chosen)s to this creator, only %(offered)s. Choose again in the account's settings."
)
def audience_gone(chosen: Level, offered: Levels) -> None: ...


@sentence(
    "TikTok no longer offers %(chosen)s to this creator, nor any other audience. Choose again in the account's"
    " settings."
)
def no_audience(chosen: Level) -> None: ...


@sentence(
    "The database was restored from a backup of %(time)s, and TikTok may have got the post since then. Look at the"
    " account on TikTok: if it is not there, send it; if it is, cancel it."
)
def restored(time: datetime) -> None: ...


@sentence("The database was restored from a backup of %(time)s. TikTok is asked what became of the post.")
def restored_and_asked(time: datetime) -> None: ...


@sentence(
    "%(cause)s It was tried %(count)s time. Look at the cause, then retry.",
    "%(cause)s It was tried %(count)s times. Look at the cause, then retry.",
    by="count",
)
def tried_often(cause: Message, count: int) -> None: ...


@sentence("%(cause)s The post waits until that is done, and then goes out by itself.")
def media_held(cause: Message) -> None: ...


@sentence("With what the article's own page says, the source's rules leave it out. %(why)s")
def left_out_with_page(why: Message) -> None: ...


LET_IN_WITH_PAGE = plain(
    "let_in_with_page", "The article arrived, and by what its own page says the source's rules let it out."
)
