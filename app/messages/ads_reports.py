"""The ads desk: what became of a report, of an upload, and of what is watched."""

from datetime import date

from app.messages.kinds import Quote
from app.messages.message import Message, plain, sentence

OUTCOME_UNKNOWN = plain(
    "ads_outcome_unknown",
    "TikTok's answer was lost: this may have been done or not. Look at TikTok Ads Manager before you do it again",
)
NOT_IN_SANDBOX = plain("ads_not_in_sandbox", "TikTok's sandbox does not have this. Nothing was sent")
TOO_OFTEN = plain("ads_too_often", "TikTok was asked too often. Try again later; nothing was done")
NOT_AT_TIKTOK = plain("ads_not_at_tiktok", "TikTok does not know this, or it belongs to another ad account")
NO_CENTER = plain("ads_no_center", "No business center is known for this ad account. Set TikTok__BusinessCenterId")

NO_REPORT = plain("ads_report_not_found", "There is no such report.")
REPORT_NOT_READY = plain("ads_report_not_ready", "The report is not ready yet.")
REPORT_GONE = plain("ads_report_gone", "The file of a report is kept for 30 days. Start a new report")
REPORT_LOST = plain(
    "ads_report_lost",
    "TikTok's answer to this report was lost: perhaps TikTok makes it, but nobody can fetch it. It is not asked for"
    " twice by itself. Start a new report",
)
REPORT_CANCELED = plain("ads_report_canceled", "The report was cancelled at TikTok.")
REPORT_TOO_LONG = plain("ads_report_too_long", "TikTok did not finish the report within a day. Start a new one")
REPORT_ODD = plain(
    "ads_report_odd", "The parts of the report have different columns, and cannot be joined. Ask for shorter spans"
)
REPORT_OTHER_MODE = plain(
    "ads_report_other_mode", "The report was begun while the ads were emulated, or real, and now it is the other way"
)

NO_SAVED_REPORT = plain("ads_saved_report_not_found", "There is no such report. Somebody may have removed it")
NAME_THE_REPORT = plain("ads_name_the_report", "Give the report a name.")
SAVED_REPORT_ODD = plain(
    "ads_saved_report_odd", "TikTok no longer takes this report as it was kept. Open it, choose anew, and keep that"
)

SEND_A_FILE = plain(
    "ads_send_a_file", "Send the file as the field “file” of a multipart form, or its address as JSON: url"
)
CHOOSE_A_FILE = plain("ads_choose_a_file", "Choose a file, or write the address at which it stands")
FILE_IS_EMPTY = plain("ads_file_empty", "The file is empty.")
NOT_A_FILM = plain("ads_not_a_film", "TikTok takes videos as MP4, MOV, MPEG or AVI, and this is none of them.")
NOT_A_PICTURE = plain("ads_not_a_picture", "TikTok takes pictures as JPEG or PNG here, and this is neither.")
FILE_NAME_TAKEN = plain(
    "ads_file_name_taken", "The ad account has another file of that name. Give this one another name: file_name"
)
NO_UPLOAD = plain("ads_upload_not_found", "There is no such upload.")
UPLOAD_ID_TAKEN = plain("ads_upload_id_taken", "This upload_id was used before. Give each upload a new one")
UPLOAD_LOST = plain(
    "ads_upload_lost",
    "The service was interrupted. The file may be in the ad account's library or not; upload it again under its name:"
    " it is not stored twice.",
)
FORM_BROKEN = plain("ads_form_broken", "The form ends too early, or is no multipart form.")


@sentence("TikTok refused it: %(said)s")
def ads_refused(said: Quote) -> None: ...


@sentence("TikTok could not make the report: %(said)s")
def ads_report_failed(said: Quote) -> None: ...


@sentence("The file is larger than %(size)s MB, which is the most.")
def ads_file_too_large(size: int) -> None: ...


@sentence("The file could not be fetched: %(cause)s")
def ads_file_not_fetched(cause: Message) -> None: ...


@sentence("%(most)s reports are kept already, which is the most. Remove one first.")
def too_many_saved_reports(most: int) -> None: ...


@sentence(
    "From %(first)s to %(last)s the ad account spent %(spend)s %(currency)s: %(impressions)s impressions, %(clicks)s"
    " clicks. All rows are behind the link, and the file stands there soon."
)
def saved_report_told(first: date, last: date, spend: str, currency: str, impressions: int, clicks: int) -> None: ...


@sentence(
    "From %(first)s to %(last)s the ad account spent %(spend)s %(currency)s: %(impressions)s impressions, %(clicks)s"
    " clicks. Of that %(apart)s %(currency)s went into reserved campaigns, which stand in a report of their own. All"
    " other rows are behind the link, and the file stands there soon."
)
def saved_report_without_reserved(
    first: date, last: date, spend: str, currency: str, impressions: int, clicks: int, apart: str
) -> None: ...


@sentence(
    "From %(first)s to %(last)s the ad account spent %(spend)s %(currency)s: %(impressions)s impressions, %(clicks)s"
    " clicks. Of that %(apart)s %(currency)s went into auction ads, which stand in a report of their own. All other"
    " rows are behind the link, and the file stands there soon."
)
def saved_report_without_auction(
    first: date, last: date, spend: str, currency: str, impressions: int, clicks: int, apart: str
) -> None: ...
