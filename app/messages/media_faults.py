"""Why a picture or a film cannot be used as it is."""

from app.messages.kinds import Address, DiskError
from app.messages.message import Message, plain, sentence

TWICE = plain("picture_twice", "this is the same picture as another one of the article")
PICTURE_UNREADABLE = plain("picture_unreadable", "the picture cannot be read; save it again as JPEG")
PICTURE_TOO_HEAVY = plain("picture_too_heavy", "the picture takes too much memory or time to read; save a smaller one")
DAMAGED = plain("file_damaged", "the file is damaged or incomplete; upload it again")
FILM_OR_UNKNOWN = plain(
    "picture_is_film",
    "this is a video or an unknown kind of picture; only JPEG, PNG, WebP, GIF, HEIC and AVIF pictures can be posted;"
    " save it as JPEG",
)
NO_PICTURE = plain(
    "picture_unknown",
    "this is no picture that is known here; only JPEG, PNG, WebP, GIF, HEIC and AVIF pictures can be posted; save it"
    " as JPEG",
)
PAGE_NOT_PICTURE = plain(
    "picture_is_page", "this is a web page, not a picture; the address may need a login or be gone"
)
PDF = plain("kind_pdf", "a PDF document")
POSTSCRIPT = plain("kind_postscript", "a PostScript drawing")
TIFF = plain("kind_tiff", "a TIFF picture")
BMP = plain("kind_bmp", "a BMP picture")
ICON = plain("kind_icon", "an icon")
JPEG_XL = plain("kind_jpeg_xl", "a JPEG XL picture")
JPEG_2000 = plain("kind_jpeg_2000", "a JPEG 2000 picture")
PHOTOSHOP = plain("kind_photoshop", "a Photoshop document")
FILM = plain("kind_film", "a video")
ZIP = plain("kind_zip", "a ZIP archive")
SVG = plain("kind_svg", "an SVG drawing")
CARD_WITHOUT_WORDS = plain("card_without_words", "the title has no letters that the card's font can show")
CARD_NOT_DRAWN = plain("card_not_drawn", "The headline card could not be drawn just now.")
PAGE_NOT_FILM = plain("film_is_page", "this is a web page, not a video; give the address of the video file itself")
PLAYLIST = plain("film_is_playlist", "this is a playlist, not a video; upload it to the CMS as MP4 with H.264")
NO_FILM = plain("film_unknown", "this is no video that is known here; upload it to the CMS as MP4 with H.264")
NO_MOVING_PICTURE = plain("film_without_picture", "the file has no moving picture; it may be a sound recording")
NOT_TO_ITS_END = plain("film_breaks_off", "the video cannot be decoded to its end; save it again as MP4 with H.264")
ONLY_IN_PART = plain("film_in_part", "the video can be decoded only in part; save it again as MP4 with H.264")
FILM_UNREADABLE = plain("film_unreadable", "the video cannot be read; save it again as MP4 with H.264")
NO_FRAME = plain("film_without_frame", "no frame of the video can be decoded; save it again")
NO_FRAMES = plain("film_without_frames", "the video has no frames; upload it again")
TOO_MANY_FRAMES = plain("film_too_many_frames", "the video has more frames than any that TikTok takes")
FILM_TOO_HEAVY = plain("film_too_heavy", "the video takes too much memory or time to read")
TOO_SHORT = plain("film_too_short", "the video is shorter than a second")
FILM_MADE_ODDLY = plain(
    "film_made_oddly", "the video is made in a way that is not known here; save it as MP4 with H.264"
)
NOT_TRIED = plain("film_not_tried", "the video is too long to be tried to its end in a preview")
CONVERSION_TOO_LONG = plain("conversion_too_long", "the conversion takes too long on this machine")
CONVERSION_STARVED = plain("conversion_starved", "the conversion ran out of processor time or memory")
NO_SPACE = plain("no_space_for_film", "no space is left for the video")


@sentence("%(address)s: %(cause)s")
def at(address: Address, cause: Message) -> None: ...


@sentence("this is %(kind)s; only JPEG, PNG, WebP, GIF, HEIC and AVIF pictures can be posted; save it as JPEG")
def other_kind(kind: Message) -> None: ...


@sentence("TikTok takes at most %(most)s pictures in one post")
def too_many(most: int) -> None: ...


@sentence("this and all after it are left out: only the first %(count)s pictures of an article are looked at")
def left_out_from_here(count: int) -> None: ...


@sentence("only the first %(count)s pictures of an article are looked at")
def not_looked_at(count: int) -> None: ...


@sentence("the picture has more than %(count)s million pixels; save a smaller one")
def too_many_pixels(count: int) -> None: ...


@sentence("the picture is only %(width)s x %(height)s pixels; use a larger one")
def too_small(width: int, height: int) -> None: ...


@sentence("a picture of %(width)s x %(height)s pixels is too narrow to be shown")
def picture_too_narrow(width: int, height: int) -> None: ...


@sentence("the picture does not fit into %(size)s MB")
def picture_too_large(size: int) -> None: ...


@sentence("a video of %(width)s x %(height)s pixels is too narrow to be shown")
def film_too_narrow(width: int, height: int) -> None: ...


@sentence("frames of %(width)s x %(height)s pixels are not read")
def odd_frames(width: int, height: int) -> None: ...


@sentence("the video cannot be read (%(cause)s); save it again")
def film_fails(cause: Message) -> None: ...


@sentence("the video is %(seconds)s s long and TikTok takes at most %(most)s s from this account; cut it")
def film_too_long(seconds: int, most: int) -> None: ...


@sentence("the file is damaged or incomplete: it should be %(whole)s s long and ends after %(end)s s; upload it again")
def incomplete(whole: int, end: int) -> None: ...


@sentence("The media cannot be stored: %(cause)s.")
def not_stored(cause: DiskError) -> None: ...


@sentence("The media folder cannot be used: %(cause)s.")
def folder_unusable(cause: DiskError) -> None: ...
