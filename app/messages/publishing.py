"""What TikTok says of a post, and what is found out where its answer was lost."""

from app.messages.kinds import Failure, Quote
from app.messages.message import Message, plain, sentence

ACCEPTED = plain("post_accepted", "TikTok accepted the post and is fetching its media.")
UPLOADED = plain("video_uploaded", "The video is uploaded to TikTok.")
PUBLISHED = plain("post_published", "TikTok says that the post is published.")
NAMED = plain("post_named", "TikTok named the public post.")
STOPPED = plain("post_stopped", "TikTok stopped the post, as it was asked to.")
IN_INBOX = plain(
    "draft_delivered",
    "TikTok delivered the draft to the creator's inbox. The creator finishes it in TikTok's app.",
)
NO_VERDICT = plain(
    "no_verdict",
    "TikTok gave no verdict in 48 hours. Look at the account on TikTok, then say whether the post is there.",
)
NOT_REACHED = plain("tiktok_not_reached", "TikTok could not be reached. Nothing was sent; it is tried again.")
ANSWER_LOST = plain(
    "answer_lost",
    "TikTok's answer was lost, so it is not known whether the post was accepted. Traces are looked for: TikTok's own"
    " word, its requests for the media, the account's list of posts. Whoever has looked on TikTok can say what is"
    " so.",
)
ACCEPTED_LATE = plain("accepted_late", "TikTok's answer came late: it accepted the post.")
REFUSED_LATE = plain("refused_late", "TikTok's answer came late: it did not take the post.")
UPLOAD_TOO_LATE = plain(
    "upload_too_late",
    "TikTok's answer came after the video had been given up: nothing was uploaded, so nothing was posted by it.",
)
UPLOAD_CUT = plain(
    "upload_cut",
    "The upload did not end in time, and TikTok says that it lacks bytes: nothing was posted. It is sent anew.",
)
UPLOAD_GIVEN_UP = plain(
    "upload_given_up",
    "The video could not be uploaded to TikTok in several attempts; nothing was posted. Look at this machine's"
    " connection, then retry.",
)
ADDRESS_GIVEN_UP = plain(
    "upload_address_given_up",
    "With TikTok's answer the address for the video's bytes was lost again and again; nothing was posted. Look at this"
    " machine's connection, then retry.",
)
NO_UPLOAD_ADDRESS = plain(
    "no_upload_address", "TikTok took the video without saying where to upload it, so nothing was posted."
)
BY_MESSAGE = plain("accepted_by_message", "TikTok's own message about this post came: it has accepted it.")
NUMBER_KNOWN = plain("number_known", "TikTok's own number of the post has become known.")
BY_STATUS = plain(
    "accepted_by_status",
    "TikTok was asked about the number that its unclear answer had named: it has accepted the post.",
)
STILL_AT_IT = plain("still_at_it", "TikTok says that it is still working on the post.")
BY_LIST = plain("found_in_list", "The post stands in the account's list of posts on TikTok.")
WITHOUT_NUMBER = plain(
    "accepted_without_number",
    "TikTok has the post: it came for its media. Its number at TikTok is not known, so TikTok cannot be asked about"
    " it; its own word and the account's list of posts are awaited. It is not sent again by itself.",
)
THERE_AFTER_ALL = plain(
    "there_after_all",
    "TikTok has this post after all, although it was settled here otherwise. Look at the account on TikTok.",
)
NO_LONGER_SEEN = plain(
    "no_longer_seen",
    "TikTok says that the post can no longer be seen by everyone: the creator or TikTok has deleted or hidden it."
    " Look at the account on TikTok.",
)
SEEN_AGAIN = plain("seen_again", "TikTok says that the post can be seen by everyone again.")
NOTHING_NEW = plain("nothing_new", "Looked once more: there is nothing new.")
NO_LONGER_LOOKED_FOR = plain(
    "no_longer_looked_for",
    "Two days have gone by, and traces are no longer looked for. Look at the account on TikTok, then say whether the"
    " post is there.",
)


@sentence("%(who)s says that the post is on TikTok.")
def said_posted(who: str) -> None: ...


@sentence("%(who)s says that the post is not on TikTok.")
def said_not_posted(who: str) -> None: ...


@sentence("%(who)s asked to look once more.")
def look_asked(who: str) -> None: ...


@sentence(
    "TikTok had accepted attempt %(number)s after all, and the post had moved on meanwhile: it may be there twice."
    " Look at the account on TikTok."
)
def perhaps_twice(number: int) -> None: ...


@sentence("TikTok's answer to attempt %(number)s came late: it did not take it. The post had gone its way by then.")
def refused_too_late(number: int) -> None: ...


@sentence(
    "With TikTok's answer the address for the video's bytes was lost, and without them nothing can be posted: it is"
    " sent anew (%(count)s of %(most)s)."
)
def upload_address_lost(count: int, most: int) -> None: ...


@sentence("TikTok also said that the post failed (%(reason)s), after it was settled here. The first word stands.")
def failed_too(reason: Quote) -> None: ...


@sentence(
    "TikTok has not come for the media in %(minutes)s minute, and left no other trace: it did not take the post. It"
    " is sent again, with new addresses (%(count)s of %(most)s).",
    "TikTok has not come for the media in %(minutes)s minutes, and left no other trace: it did not take the post. It"
    " is sent again, with new addresses (%(count)s of %(most)s).",
    by="minutes",
)
def no_trace_sent_again(minutes: int, count: int, most: int) -> None: ...


@sentence(
    "TikTok has not come for the media in %(minutes)s minute, and left no other trace. It is not sent again by"
    " itself, because that is switched off for this account. Look at the account on TikTok, then say whether the post"
    " is there.",
    "TikTok has not come for the media in %(minutes)s minutes, and left no other trace. It is not sent again by"
    " itself, because that is switched off for this account. Look at the account on TikTok, then say whether the post"
    " is there.",
    by="minutes",
)
def no_trace_resending_off(minutes: int) -> None: ...


@sentence(
    "TikTok has not come for the media in %(minutes)s minute, and left no other trace. It has been sent again twice"
    " already. Look at the account on TikTok, then say whether the post is there.",
    "TikTok has not come for the media in %(minutes)s minutes, and left no other trace. It has been sent again twice"
    " already. Look at the account on TikTok, then say whether the post is there.",
    by="minutes",
)
def no_trace_too_often(minutes: int) -> None: ...


@sentence(
    "TikTok was not seen to come for the media in %(minutes)s minute. But our own address was not seen to work all"
    " that time, so this proves nothing. Look at the account on TikTok, then say whether the post is there.",
    "TikTok was not seen to come for the media in %(minutes)s minutes. But our own address was not seen to work all"
    " that time, so this proves nothing. Look at the account on TikTok, then say whether the post is there.",
    by="minutes",
)
def no_trace_unwatched(minutes: int) -> None: ...


@sentence(
    "TikTok has not come for the media in %(minutes)s minute. But it spoke of a post of this account that may be this"
    " one. Look at the account on TikTok, then say whether the post is there.",
    "TikTok has not come for the media in %(minutes)s minutes. But it spoke of a post of this account that may be"
    " this one. Look at the account on TikTok, then say whether the post is there.",
    by="minutes",
)
def no_trace_others(minutes: int) -> None: ...


@sentence("%(cause)s %(cure)s")
def advised(cause: Message, cure: Message) -> None: ...


@sentence("%(cause)s TikTok said: %(said)s")
def with_tiktok_s_words(cause: Message, said: Quote) -> None: ...


@sentence("TikTok could not be reached: %(code)s.")
def tiktok_unreachable(code: Failure) -> None: ...


@sentence("TikTok did not answer: %(code)s.")
def tiktok_silent(code: Failure) -> None: ...


@sentence("TikTok failed with HTTP %(status)s.")
def tiktok_failed(status: str) -> None: ...


ANSWER_INCOMPLETE = plain("tiktok_answer_incomplete", "TikTok's answer lacks what its documentation promises.")
ANSWER_UNREADABLE = plain("tiktok_answer_unreadable", "TikTok's answer cannot be read.")


@sentence("TikTok's login answered in a way that cannot be read (HTTP %(status)s).")
def login_unreadable(status: str) -> None: ...


@sentence("TikTok's login answered without a token (HTTP %(status)s).")
def login_without_token(status: str) -> None: ...


FIGURES_OF_DRAFT = plain("figures_of_draft", "It is a draft: there are figures once the creator has posted it.")
FIGURES_LATER = plain("figures_later", "The post is not out: there are figures some minutes after that.")
FIGURES_SOON = plain(
    "figures_soon", "TikTok is asked for the first figures a quarter of an hour after the post is out."
)
FIGURES_FORBIDDEN = plain(
    "figures_forbidden",
    "TikTok shows no figures without the permission to list posts. Connect the account again and allow it.",
)
FIGURES_DISCONNECTED = plain(
    "figures_disconnected", "TikTok shows no figures while the account is not connected. Reconnect it in the settings."
)
FIGURES_NAMELESS = plain(
    "figures_nameless",
    "TikTok has not named the public post: a private one never gets a number, and without it there are no figures.",
)
FIGURES_HIDDEN = plain(
    "figures_hidden", "TikTok was asked and does not show this post: it is not public any more, or not yet."
)
