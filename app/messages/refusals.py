"""Why a request is refused: what errors say of articles, sources and of the request itself."""

from app.messages.kinds import Address, Limit
from app.messages.message import Message, plain, sentence

# What each kind of error says where nothing closer is known.
WENT_WRONG = plain("went_wrong", "Something went wrong")
WAS_LOGGED = plain("was_logged", "It was logged. Try again, or tell your administrator.")
BAD_REQUEST = plain("bad_request", "The request is malformed")
UNAUTHORIZED = plain("unauthorized", "Authentication is required")
FORBIDDEN = plain("forbidden", "This is not allowed")
NOT_FOUND = plain("no_such_thing", "There is no such thing")
CONFLICT = plain("conflict", "The present state forbids this")
INVALID = plain("invalid", "The values are not acceptable")
TOO_MANY_REQUESTS = plain("too_many_requests", "Too many requests")
VENDOR_FAILED = plain("vendor_failed", "The other service failed")
DATABASE_SILENT = plain("database_silent", "The database does not answer")
NOTHING_CHANGED = plain("nothing_changed", "Nothing was changed. Try again in a few seconds.")
NOTHING_THERE = plain("nothing_there", "There is nothing at this address.")
NUL_IN_QUERY = plain("nul_in_query", "The query holds a NUL character.")
BAD_CURSOR = plain("bad_cursor", "The cursor is none that was given out.")
BAD_MOMENT = plain("bad_moment", "A time is written as 2026-11-29T09:05:00Z, a day as 2026-11-29.")
DAYS_BACKWARDS = plain("days_backwards", "The last day must not come before the first.")
DAYS_FAR_OFF = plain("days_far_off", "Days can be from the year 2000 to the year 2100.")
UNKNOWN_ZONE = plain("unknown_zone", "This is no time zone's name; such names are Asia/Almaty or UTC.")
BODY_TOO_LARGE = plain("body_too_large", "The body is too large")
BODY_BROKEN_OFF = plain("body_broken_off", "The connection ended before the whole body had come")
NO_ROOM = plain("no_room_for_body", "Too many large bodies are under way; send it again later")
BODY_MISSING = plain("body_missing", "The body is missing")
TOO_DEEP = plain("json_too_deep", "The JSON is nested too deeply.")
NOT_UTF8 = plain("body_not_utf8", "The body is not UTF-8.")
NO_OBJECT = plain("body_no_object", "The body must be a JSON object.")
NOT_JSON_TYPE = plain("body_not_json_type", "The body must be sent as application/json")
POST_REQUIRED = plain("post_required", "post: Field required")
POST_ID_REQUIRED = plain("post_id_required", "post_id: Field required")
EVENT_REQUIRED = plain("event_required", "event: Field required")
ENTRY_REQUIRED = plain(
    "entry_required", "entry: must be the published entry; look into the CMS whether it sends it whole"
)
DOCUMENT_ID_REQUIRED = plain("document_id_required", "_id: Field required")
API_URL_REQUIRED = plain(
    "api_url_required", "options.api_url: must say where the CMS is asked for the article; set it at the source"
)
READ_TOKEN_REQUIRED = plain("read_token_required", "The source has no read token, without which the CMS tells nothing.")
NOT_FETCHED = plain("article_not_fetched", "The article could not be fetched from the CMS")
GUID_REQUIRED = plain("guid_required", "guid: Field required")
ENTRY_ID_REQUIRED = plain("entry_id_required", "entry: has no id that could be used")

SIGNATURE_WRONG = plain("signature_wrong", "The signature is missing or wrong")
NO_EVENT = plain("no_event", "The body is not an event of TikTok's")
CLOCK_SKEW = plain("clock_skew", "The delivery's time is more than five minutes from this server's")
NOT_STORED = plain("delivery_not_stored", "The delivery could not be stored; send it again later")
NO_SOURCE = plain("source_not_found", "There is no such source.")
NO_SOURCE_DELIVERY = plain("delivery_not_found", "There is no such delivery; the last 7 days are kept.")
SENDER_UNKNOWN = plain(
    "delivery_sender_unknown", "Nobody knows who sent this, so it is not repeated. Send the article again in the CMS."
)
BODY_NOT_KEPT = plain(
    "delivery_not_kept", "What this delivery said is not kept any more. Send the article again in the CMS."
)
SOURCE_IS_OFF = plain("source_is_off", "The source is switched off. Switch it on first.")
SOURCE_WITHOUT_SECRET = plain(
    "source_without_secret", "The secret of this source cannot be read any more. Make a new one first."
)
NO_ARTICLE = plain("article_not_found", "There is no such article.")
NO_VERSION = plain("version_not_found", "This version is no longer kept.")
NO_HASHTAGS = plain("preset_not_found", "There is no such set of hashtags.")
BAD_TEMPLATE = plain("template_unacceptable", "The template is not acceptable")
NAME_LENGTH = plain("source_name_length", "name: must have 1 to 200 characters")
CARD_NAME_LENGTH = plain("card_name_length", "card_name: must have at most 60 characters")
BAD_LANGUAGE = plain("bad_language", "options.language: Value error, must look like kk, ru or en-GB")
BAD_PUBLIC_KEY = plain(
    "bad_public_key", "options.public_key: Value error, must be whpk_ followed by 32 bytes in base64"
)
BAD_TAG = plain("bad_tag", "options.opt_in_tag: Value error, must name a tag")
BAD_TIMEZONE = plain(
    "bad_timezone", "options.timezone: Value error, must be a time zone's name, such as Asia/Almaty or UTC"
)
BAD_SITE_URL = plain(
    "bad_site_url", "options.site_url: Value error, must be an address such as https://cms.example.org"
)
BAD_ARTICLE_URL = plain(
    "bad_article_url",
    "options.article_url: Value error, must be an address such as https://news.example.org/{locale}/{slug}",
)
BAD_FIELD_MAP = plain(
    "bad_field_map",
    "options.field_map: Value error, must give for each field the paths where the CMS has it",
)

BRANDED_PRIVATE_ACCOUNT = plain(
    "branded_private_account",
    "Branded content visibility cannot be set to private: choose another audience.",
)
MEDIA_TAKEN = plain("media_taken", "Another worker prepared this post's media meanwhile.")
NO_SUCH_HELP = plain("no_such_help", "There is no such page of the manual.")
CHOOSE_SCOPES = plain("choose_scopes", "Tick what the key may do.")
NO_TEXT_FILE = plain("no_text_file", "That is no text file. Choose the file that TikTok's portal gave you.")
ODD_FORM = plain(
    "odd_form",
    "Something in the form cannot be used: limits are whole numbers, a language looks like kk or ru.",
)

NO_FILE = plain("verification_file_not_found", "There is no such verification file.")
FILE_NAME = plain(
    "verification_filename",
    "A verification file is called tiktok….txt, with letters, digits, - and _: keep TikTok's name.",
)
FILE_CONTENT = plain("verification_content", "The content must be 1 to 1024 bytes of text, as TikTok gave it.")
NO_TEXT = plain("content_no_text", "The content is not text.")
FILE_TAKEN = plain("file_taken", "This file was saved by somebody else in this moment. Look, then try again.")


@sentence("At most %(limit)s days can be asked for at once.")
def too_many_days(limit: int) -> None: ...


@sentence("%(limit_name)s is at most %(most)s.")
def at_most(limit_name: Limit, most: int) -> None: ...


@sentence("The body is not JSON: %(cause)s.")
def not_json(cause: Message) -> None: ...


@sentence("kind: must be one of %(kinds)s")
def bad_kind(kinds: str) -> None: ...


@sentence("Line %(line)s: %(reason)s")
def template_refused(line: int, reason: Message) -> None: ...


@sentence("data.url: must be an absolute http or https address of at most %(most)s characters")
def bad_article_address(most: int) -> None: ...


@sentence("The article's address is not on %(site)s, and nothing else would prove it: the delivery is not signed.")
def not_on_proof_site(site: Address) -> None: ...


@sentence("A body may have %(size)s kB here.")
def body_larger(size: int) -> None: ...


@sentence("Send JSON, as application/json; this is %(declared)s.")
def send_json(declared: str) -> None: ...


@sentence(
    "Clock skew: the delivery was signed %(seconds)s s ahead of this server's clock, %(most)s s are allowed. Check the"
    " clocks of both machines."
)
def signed_ahead(seconds: int, most: int) -> None: ...


@sentence(
    "Clock skew: the delivery was signed %(seconds)s s behind this server's clock, %(most)s s are allowed. Check the"
    " clocks of both machines."
)
def signed_behind(seconds: int, most: int) -> None: ...


@sentence("“%(text)s” makes no hashtag: it needs a letter, and at most 99 characters.")
def no_hashtag(text: str) -> None: ...


@sentence("“%(text)s” is no language code; write kk, ru or the like.")
def no_language_code(text: str) -> None: ...


@sentence("At most %(most)s can stand here.")
def too_many_hashtags(most: int) -> None: ...


@sentence("“%(text)s” is no line of the form: category = #hashtag")
def no_category_line(text: str) -> None: ...


@sentence("Write a whole number from 0 to %(most)s.")
def whole_number(most: int) -> None: ...
