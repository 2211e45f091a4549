"""What becomes of a post whose pictures or film cannot be had, or are being made."""

from datetime import datetime

from app.messages.kinds import Facts
from app.messages.message import Message, plain, sentence

CARD = plain("card_drawn", "The article has no picture: a card with its headline is posted.")
CROWDED = plain("many_pictures", "Many pictures are being fetched at this moment: those of this post come next.")
NO_PICTURE = plain(
    "no_usable_picture",
    "The article has no picture that TikTok would take. Give it one in the CMS, or cancel the post.",
)
NO_PICTURE_AT_ALL = plain("no_picture", "The article has no picture that TikTok would take.")
FILM_READY = plain("film_ready", "The video is ready.")
HALF_CONVERTED = plain("film_half_converted", "Half of the video is converted.")


@sentence("The video is converted into what TikTok takes (%(facts)s).")
def converting(facts: Facts) -> None: ...


@sentence("The video cannot be posted, so the article's pictures are: %(cause)s.")
def pictures_instead(cause: Message) -> None: ...


@sentence("The article's video cannot be posted: %(cause)s. Mend it in the CMS, or cancel the post.")
def film_unusable(cause: Message) -> None: ...


@sentence("The article's video cannot be fetched yet: %(cause)s. It is tried again until %(time)s.")
def film_awaited(cause: Message, time: datetime) -> None: ...


@sentence("The article's picture cannot be fetched yet: %(cause)s. It is tried again until %(time)s.")
def picture_awaited(cause: Message, time: datetime) -> None: ...


@sentence(
    "A picture of the article cannot be fetched yet: %(cause)s. It is tried again until %(time)s; then the post goes"
    " out without it."
)
def other_picture_awaited(cause: Message, time: datetime) -> None: ...


@sentence("The article's first picture is left out: %(cause)s.")
def first_left_out(cause: Message) -> None: ...


@sentence(
    "The article's first picture could not be fetched: %(cause)s. Mend it in the CMS, or cancel the post; sent again,"
    " it goes out with the pictures that are there then."
)
def first_missing(cause: Message) -> None: ...


@sentence(
    "None of the article's pictures could be fetched: %(cause)s. Mend it in the CMS, or send the post again when the"
    " address works."
)
def none_fetched(cause: Message) -> None: ...


@sentence(
    "The article's picture may not be fetched: %(cause)s. Give it another address in the CMS, or let whoever runs this"
    " service allow it; then send the post again."
)
def fetch_forbidden(cause: Message) -> None: ...


@sentence(
    "The video is %(seconds)s s long, and TikTok takes at most %(most)s s from this account. Cut it in the CMS, or"
    " cancel the post."
)
def film_too_long_for_account(seconds: int, most: int) -> None: ...
