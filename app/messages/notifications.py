"""What the newsroom is told by webhook, mail and Telegram, and what is wrong with where that goes."""

from datetime import datetime

from app.messages.message import Message, plain, sentence

# Each kind of event, as the page lists it.
POST_PUBLISHED = plain("event_post_published", "A post is out")
POST_FAILED = plain("event_post_failed", "A post has failed")
POST_WAITING = plain("event_post_waiting", "A post waits for approval")
POST_UNCONFIRMED = plain("event_post_unconfirmed", "TikTok's answer was lost")
POST_TAKEN_DOWN = plain("event_post_taken_down", "A post can no longer be seen on TikTok")
POST_LINK_KNOWN = plain("event_post_link_known", "The link of a post is known")
ACCOUNT_RECONNECT = plain("event_account_reconnect", "An account must be reconnected")
ACCOUNT_DISCONNECTED = plain("event_account_disconnected", "An account is disconnected")
MEDIA_REFUSED = plain("event_media_refused", "TikTok refuses the pictures' address")
SOURCE_SILENT = plain("event_source_silent", "Nothing comes from a source any more")
ARTICLE_WITHDRAWN = plain("event_article_withdrawn", "An article was withdrawn, and TikTok still has its post")
COMMENT_NEW = plain("event_comment_new", "A new comment")
ADS_WATCH = plain("event_ads_watch", "The ads need a look")
ADS_REPORT = plain("event_ads_report", "A report of the ads")
ADS_BOOST = plain("event_ads_boost", "A boost was stopped, or needs a look")
SWITCHED_OFF = plain("event_switched_off", "A notification was switched off")
STILL_WAITING = plain("event_still_waiting", "Nobody has approved a post yet")
STILL_THERE = plain("event_still_there", "Nobody has said yet that a withdrawn article's post is deleted")
TEST = plain("notification_test", "A test from Newsreel")
TEST_TEXT = plain("notification_test_text", "If you can read this, notifications arrive here.")

OPEN_HERE = plain("open_in_newsreel", "Open in Newsreel")
OPEN_TIKTOK = plain("open_on_tiktok", "Open on TikTok")
OPEN_ARTICLE = plain("open_article", "Read the article")


@sentence("%(what)s: %(name)s, and %(count)s more")
def told_of_several(what: Message, name: str, count: int) -> None: ...


@sentence("and %(count)s more")
def and_more(count: int) -> None: ...


@sentence("%(cause)s Posts wait until that is done, and then go out by themselves.")
def posts_wait(cause: Message) -> None: ...


@sentence("Account: %(name)s")
def of_account(name: str) -> None: ...


@sentence("At %(time)s")
def at_time(time: datetime) -> None: ...


@sentence("Waiting since %(time)s")
def waiting_since(time: datetime) -> None: ...


@sentence("Last heard of at %(time)s. If the newsroom has published since, look at the CMS's webhooks and its log.")
def last_heard(time: datetime) -> None: ...


RECONNECT_CURE = plain("reconnect_cure", "TikTok no longer accepts the account's login. Reconnect it in the settings.")
DISCONNECTED_CURE = plain(
    "disconnected_cure", "Its posts wait until the account is connected again, on the page of the settings."
)
SWITCHED_OFF_CURE = plain(
    "switched_off_cure", "It took no message for a day. Put it right, send a test, and switch it on again."
)

# What is wrong with an endpoint.
NO_ENDPOINT = plain("no_endpoint", "There is no such notification.")
NO_DELIVERY = plain("no_delivery", "There is no such message.")
MAIL_NOT_SET = plain("mail_not_set", "No mail server is set: NEWSREEL_SMTP_HOST and its companions name it.")
NOT_HTTPS = plain("hook_not_https", "The address of a webhook begins with https://.")
NO_MAIL_ADDRESS = plain("no_mail_address", "This is no e-mail address.")
NO_CHAT = plain("no_chat", "Name the chat by its number, or a public channel as @name.")
NO_TOKEN = plain("no_bot_token", "Enter the token of the bot, as BotFather gave it: digits, a colon, letters.")
TOKEN_NOT_WANTED = plain("token_not_wanted", "Only Telegram takes a token.")
NO_EVENT_CHOSEN = plain("no_event_chosen", "Choose at least one kind of event.")
NO_ZONE = plain("no_such_zone", "Enter a time zone by its name, such as Asia/Almaty or UTC.")
NOTHING_TO_ROTATE = plain("no_secret_to_rotate", "Only webhooks have a secret of ours.")
TURNED_OFF = plain("endpoint_turned_off", "This notification is switched off: switch it on first.")


@sentence("There are no such events: %(names)s.")
def unknown_events(names: str) -> None: ...


@sentence("There are no such accounts: %(names)s.")
def unknown_accounts(names: str) -> None: ...


@sentence("There may be %(most)s notifications at most.")
def too_many_endpoints(most: int) -> None: ...
