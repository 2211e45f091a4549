"""Posts written by hand, and the pictures and videos that are uploaded for them."""

from app.messages.message import plain, sentence

SEND_A_FILE = plain("upload_no_file", "Send the file as the field “file” of a multipart form.")
ONE_FILE = plain("upload_one_file", "Send one file at a time.")
FORM_BROKEN = plain("upload_form_broken", "The upload broke off. Send the file again.")
FILE_EMPTY = plain("upload_empty", "The file is empty.")
NO_LINK = plain("by_hand_no_link", "That is no web address. Copy it from the browser, or leave the field empty.")
OTHER_REQUEST = plain(
    "by_hand_other_request", "This id was used for another post before. The same id always means the same post."
)
TIME_OVER = plain("by_hand_time_over", "That time is over. Choose a later one.")
CHOOSE_TIME = plain("by_hand_choose_time", "Choose a time.")
CHOOSE_ACCOUNTS = plain("by_hand_choose_accounts", "Choose at least one account.")
ODD_PICTURE = plain(
    "by_hand_odd_picture", "One of the pictures has an address that cannot be used. Take it out, or upload the file."
)
UPLOAD_GONE = plain("by_hand_upload_gone", "An uploaded file is no longer kept here. Upload it once more.")
FILM_OR_PICTURES = plain("by_hand_film_or_pictures", "A post has either one video or pictures. Take one of them out.")
NEEDS_MEDIA = plain("by_hand_needs_media", "TikTok takes no post without a picture or a video. Add one.")
ARTICLE_WITHDRAWN = plain("by_hand_withdrawn", "The article was unpublished: it is not posted.")
NO_MODE = plain(
    "by_hand_mode",
    "mode: only the account's own, or “approve” where the account posts at once.",
)


@sentence("The file is larger than %(megabytes)s MB.")
def file_too_large(megabytes: int) -> None: ...


@sentence("%(name)s is not connected. Connect the account, or choose another.")
def account_unusable(name: str) -> None: ...


@sentence("%(name)s is switched off in the settings. Switch it on, or choose another account.")
def account_off(name: str) -> None: ...


@sentence("Written by hand by %(who)s.")
def written_by(who: str) -> None: ...


@sentence("Made of this article by %(who)s.")
def made_by(who: str) -> None: ...
