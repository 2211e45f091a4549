"""Who may do what, and what stands between us and an account at TikTok."""

from app.messages.kinds import Level, Levels, Mode, Scope
from app.messages.message import plain, sentence

WRONG_CREDENTIALS = plain("wrong_credentials", "E-mail address or password is wrong")
TOO_MANY_LOGINS = plain("too_many_logins", "Too many wrong logins. Wait a little, then try again.")
CODE_WANTED = plain("code_wanted", "This login has a second factor. Send the code of your authenticator app too.")
WRONG_CODE = plain(
    "wrong_code", "The code is wrong, or was used already. Wait for the next one of your app, and type that."
)
SECOND_FACTOR_ON = plain("second_factor_on", "There is a second factor already. Switch it off first.")
SECOND_FACTOR_OFF = plain("second_factor_off", "There is no second factor.")
SECOND_FACTOR_NOT_BEGUN = plain("second_factor_not_begun", "Begin with the QR code; then send a first code.")
LINK_OVER = plain("link_over", "This link was used already, or its time is over. Ask an admin for a new one.")
NO_PERSON = plain("person_not_found", "There is no such person.")
HAS_JOINED = plain("has_joined", "This person has a password already, and needs no invitation.")
LAST_ADMIN = plain("last_admin", "This is the last admin. Make another person an admin first.")
ROLE_FORBIDS = plain("admins_only", "This is for admins. Ask one of them to do it, or to change your role.")
KEY_FORBIDS = plain("key_forbids", "This key has not the scope that this needs.")
NO_KEY_HERE = plain("no_key_here", "No key opens this: a person has to log in.")
NO_KEY = plain("key_not_found", "There is no such key.")
KEY_ENDS_IN_PAST = plain("key_ends_in_past", "The key's end must lie in the future.")
LOG_IN = plain("log_in", "Log in, or send a valid token: `Authorization: Bearer …`.")
FOREIGN_SITE = plain("foreign_site", "This request came from another site.")
PAGE_OUTDATED = plain("page_outdated", "The page is out of date. Load it again, then repeat what you did.")
NO_LOGIN = plain("login_not_found", "There is no such login.")
NO_EMAIL = plain("bad_email", "This is no e-mail address.")
GUESSED_FIRST = plain(
    "password_guessed_first",
    "This password is among the first to be guessed. Choose another: a few words make a good one.",
)
PASSWORDS_DIFFER = plain("passwords_differ", "The two new passwords differ. Type the new one twice.")
PASSWORD_CHANGED_ELSEWHERE = plain("password_changed_elsewhere", "The password was changed elsewhere just now.")

NO_ACCOUNT = plain("account_not_found", "There is no such account.")
NO_SUCH_ACCOUNT = plain("no_such_account", "There is no such account")
NONE_CONNECTED = plain("no_account_connected", "No account is connected.")
SEVERAL_ACCOUNTS = plain("several_accounts", "There are several accounts: say which, as ?account_id=…")
CONNECTION_DECIDED = plain(
    "connection_decided",
    "This connection was decided already, or nobody decided in time. Connect the account again",
)
NOT_MOVABLE = plain("not_movable", "Only a creator's account can be moved, and only to a business account.")
CONNECTED_ALREADY = plain(
    "connected_already",
    "This TikTok account is connected already, as an account of its own.",
)
POSTS_UNDER_WAY = plain(
    "posts_under_way",
    "TikTok is still working on posts of this account, or their answers are unknown. Move it when they are settled.",
)
CONNECTED_ELSEWHERE = plain(
    "connected_elsewhere",
    "This account is being connected elsewhere just now. Look again in a moment.",
)
NOT_CONFIGURED = plain(
    "not_configured",
    "Client key and secret of the TikTok app are missing. Enter them on the settings page",
)
BUSINESS_NOT_CONFIGURED = plain(
    "business_not_configured",
    "Id and secret of the app at TikTok API for Business are missing. Set TikTok__AppId and TikTok__AppSecret",
)
NOT_BUSINESS = plain(
    "not_business_account",
    "This account is connected as a creator's. Connect it as a business account first",
)
OWNERSHIP_NOT_PROVEN = plain(
    "ownership_not_proven",
    "TikTok did not find the file that proves that the address is yours. The address must be open to the world",
)
DISCONNECTED = plain("connect_first", "The account is disconnected. Connect it first")
NEEDS_RECONNECT = plain(
    "connect_again", "TikTok no longer accepts this account's permission. Connect the account again"
)
SCOPE_MISSING = plain(
    "scope_missing",
    "The creator has not granted the permission that this needs. Connect the account again with it ticked",
)
SCOPE_MISSING_TO_ASK = plain(
    "scope_missing_to_ask", "TikTok tells this only with the permission to publish, which was not granted."
)
SCOPE_MISSING_FOR_AUDIENCE = plain(
    "scope_missing_for_audience",
    "TikTok tells who follows an account only with the permission user.insights, which was not granted. Connect the"
    " account again with it ticked.",
)
FOLLOWERS_OF_BUSINESS_ALONE = plain(
    "followers_of_business_alone", "TikTok tells who follows an account of business accounts alone."
)
TOKENS_UNREADABLE = plain(
    "tokens_unreadable",
    "The stored secrets were sealed with a key that is not in NEWSREEL_SECRET_KEY. Put that key back, or enter the"
    " client secret and connect the accounts again",
)
NO_TOKEN = plain("no_token", "There is no token stored. Connect the account again.")
NOT_RENEWED = plain("token_not_renewed", "The account's token could not be renewed just now. It is tried again")
BUDGET_SPENT = plain("budget_spent", "TikTok takes only so many calls a minute. This one waits for its turn")
SECRET_OF_KEY = plain("secret_of_key", "Give the client secret that belongs to this client key.")
CREDENTIALS_CHANGED = plain(
    "credentials_changed", "The credentials were changed elsewhere just now. Load the page again."
)
NO_TRY_OUT = plain(
    "no_try_out",
    "The emulator is for an installation that `newsreel up` runs on this machine, without credentials of a TikTok app"
    " and without connected accounts.",
)
LEAVE_TRY_OUT = plain(
    "leave_try_out",
    "TikTok is emulated here, and the emulator knows no other app. Go back to TikTok first, then enter the"
    " credentials.",
)
REDIRECT_NO_ADDRESS = plain("redirect_no_address", "The redirect address is no address.")
REDIRECT_UNFIT = plain(
    "redirect_unfit",
    "The redirect address must be https, or http on this machine, shorter than 512 characters, without query and"
    " fragment, and registered at TikTok to the letter.",
)
ODD_CREDENTIALS = plain(
    "odd_credentials", "Key and secret are plain letters, digits and signs. Copy them again from the portal."
)
REVOKED = plain("revoked", "TikTok has ended the permission, and the tokens are forgotten.")
NOT_REVOKED = plain(
    "not_revoked",
    "The tokens are forgotten, but TikTok could not be told. To end the permission there too, the creator removes this"
    " app in the TikTok app: Settings and privacy, Security and permissions, Apps and services permissions.",
)
NOTHING_TO_REVOKE = plain("nothing_to_revoke", "The account was disconnected already: there were no tokens.")


@sentence("A password has %(shortest)s to %(longest)s characters: a few words make a good one.")
def password_length(shortest: int, longest: int) -> None: ...


@sentence("There is an admin %(email)s already.")
def admin_exists(email: str) -> None: ...


@sentence("There is %(email)s already.")
def person_exists(email: str) -> None: ...


@sentence("There is no admin %(email)s.")
def no_admin(email: str) -> None: ...


@sentence(
    "The mode %(mode)s needs the permission %(scope)s, which the creator has not granted. Connect the account again"
    " with it ticked."
)
def mode_needs_scope(mode: Mode, scope: Scope) -> None: ...


@sentence("TikTok does not offer %(level)s for this account. It offers: %(offered)s.")
def audience_not_offered(level: Level, offered: Levels) -> None: ...
