"""Why a request about a post is refused."""

from app.messages.kinds import State
from app.messages.message import Message, plain, sentence

NO_POST = plain("post_not_found", "There is no such post.")
MOVED_ON = plain("post_moved_on", "The post has just moved on. Look at it again.")
NOT_STOPPED_BY_PERSON = plain("not_stopped_by_person", "Only a post that a person has stopped can be brought back.")
PERHAPS_ON_TIKTOK = plain("perhaps_on_tiktok", "TikTok may have this post already: look at the account on TikTok.")
NOTHING_TO_DISMISS = plain("nothing_to_dismiss", "There is nothing to dismiss any more.")
READ_AGAIN = plain(
    "article_changed_since_read",
    "The article changed after you had opened the post. Read it again, then approve it.",
)
CHANGED_SINCE_READ = plain(
    "post_changed_since_read",
    "The post was changed after you had opened it. Read it again, then decide.",
)
SIGN_OFF_OVER = plain("sign_off_over", "This link opens nothing. Ask whoever sent it for a new one.")
SIGN_OFF_USED = plain("sign_off_used", "This link was used already: it is good for one decision.")
SIGN_OFF_EXPIRED = plain("sign_off_expired", "This link was good for 24 hours, and they are over. Ask for a new one.")
SIGN_OFF_CHANGED = plain(
    "sign_off_changed",
    "The post was changed after this link had been made, so the link is good no more. Ask for a new one.",
)
SIGN_OFF_DECIDED = plain("sign_off_decided", "Somebody else has decided about this post meanwhile.")
NOT_FOR_LINKS = plain("sign_off_not_waiting", "Only a post that waits for approval can be signed off by a link.")
NO_WORDS = plain("post_without_words", "A post needs a title or a description.")
CHOOSE_AUDIENCE = plain("choose_audience", "Choose who may see the post: nobody has chosen it for this account yet.")
BRANDED_PRIVATE = plain("branded_private", "Branded content visibility cannot be set to private.")
NO_PICTURES_IN_FILM = plain("film_has_no_pictures", "A video has no pictures to choose from.")
PICTURES_TWICE = plain("pictures_named_twice", "Name each picture once, by its number.")
PICTURES_GONE = plain(
    "pictures_gone",
    "The pictures are no longer kept here. Send the post again without choosing: they are fetched.",
)
PICTURES_NOT_YET = plain("pictures_not_yet", "The pictures are not there yet: wait until the post is prepared.")
NO_SUCH_MEDIA = plain("no_such_media", "media: name the post's own pictures, by the addresses that it has now.")
TIME_IS_OVER = plain("time_is_over", "scheduled_at: that time is over. Choose a later one, or send the post now.")
TIME_TOO_FAR = plain("time_too_far", "scheduled_at: that is more than a year away.")
FAILED_HAS_NO_TIME = plain("failed_has_no_time", "A post that failed has no time: send it again first.")
NOT_TIKTOK = plain(
    "not_tiktok",
    "That is no address of TikTok's. Copy the post's address from TikTok, or leave the field empty.",
)
SHORT_LINK = plain(
    "short_link",
    "A short link does not say whose post it is. Open it, then copy the address that the browser shows, or leave the"
    " field empty.",
)
NO_POST_LINK = plain(
    "no_post_link",
    "That is no address of a post. It looks like https://www.tiktok.com/@name/video/7123456789: copy it from TikTok,"
    " or leave the field empty.",
)
ONE_ARTICLE = plain("one_article", "Give either article_id or article.")
NOT_WAITING = plain("not_waiting_for_approval", "This post does not wait for approval.")
NO_SUCH_PICTURE = plain("no_such_picture", "There is no such picture any more.")
NO_SUCH_FILM = plain("no_such_film", "There is no such video any more.")
CHOOSE_VIEWERS = plain("choose_viewers", "Choose who can see this post.")
CHOOSE_DISCLOSURE = plain(
    "choose_disclosure",
    "You need to indicate if your content promotes yourself, a third party, or both.",
)
SAY_WHOM = plain("say_whom_link_is_for", "Say whom the link is for: the decision is kept under this name.")
SAY_WHY = plain("say_why", "Say in at most 2,000 characters why the post is sent back.")
LEAVE_A_PICTURE = plain("leave_a_picture", "Leave at least one picture ticked.")
NOT_A_LINK = plain("not_a_link", "That is not a link. Copy the post's address from TikTok, or leave the field empty.")
ODD_COVER = plain("odd_cover", "The cover is a moment of the video, in seconds: for example 2.5.")


@sentence("A post that is %(state)s cannot become %(to)s.")
def cannot_become(state: State, to: State) -> None: ...


@sentence("A post that is %(state)s cannot be approved; only one that is %(needed)s.")
def cannot_approve(state: State, needed: State) -> None: ...


@sentence("A post that is %(state)s cannot be resolved; only one that is %(needed)s.")
def cannot_resolve(state: State, needed: State) -> None: ...


@sentence("A post that is %(state)s cannot be sent back; only one that is %(needed)s.")
def cannot_reject(state: State, needed: State) -> None: ...


@sentence("A post that is %(state)s cannot be edited: only one that TikTok does not have can.")
def cannot_edit(state: State) -> None: ...


@sentence("A post that is %(state)s cannot be looked for; only one that is %(needed)s.")
def cannot_look(state: State, needed: State) -> None: ...


@sentence("A post that is %(state)s cannot be retried.")
def cannot_retry(state: State) -> None: ...


@sentence("A post that is %(state)s cannot be cancelled.")
def cannot_cancel(state: State) -> None: ...


@sentence("A post that is %(state)s cannot be brought back.")
def cannot_restore(state: State) -> None: ...


@sentence("TikTok did not stop the post. %(cause)s")
def not_stopped(cause: Message) -> None: ...


@sentence("The title has %(count)s characters as TikTok counts; %(limit)s are allowed.")
def title_too_long(count: int, limit: int) -> None: ...


@sentence("The description has %(count)s characters as TikTok counts; %(limit)s are allowed.")
def description_too_long(count: int, limit: int) -> None: ...


@sentence(
    "That is a post of @%(other)s, and this one belongs to @%(own)s. Look whether it is the right post; if the account"
    " has a new name, leave the field empty."
)
def foreign_post_link(other: str, own: str) -> None: ...
