"""What each code of the Business API means: kind, cause, cure, and whether the same call may pass later.

The one table of it. `code` decides, HTTP does not [business-api.md 1.3]. The words are for who runs the service.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

OK, PARTIAL = 0, 20001


class Kind(StrEnum):
    """What a code asks for.

    `done` and `partial` are successes. `auth`: the token or the app's credentials; `permission`: a scope, a role or an
    advertiser that was not granted; `parameter`: the request; `missing`: the object is not there; `conflict`: the same
    exists, or somebody else writes it just now; `throttled`: surely not done, come again later; `pending`: a task that
    is not ready; `provider`: something failed inside TikTok, and what was asked may have been done or not;
    `sandbox`: not to be had in the sandbox.
    """

    done = "done"
    partial = "partial"
    auth = "auth"
    permission = "permission"
    parameter = "parameter"
    missing = "missing"
    conflict = "conflict"
    throttled = "throttled"
    pending = "pending"
    provider = "provider"
    sandbox = "sandbox"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What is known about a code. `is_lost`: a write that got it may have been done all the same."""

    code: int | None
    kind: Kind
    cause: str
    cure: str
    is_retryable: bool = False
    is_lost: bool = False
    is_known: bool = True


_READ_MESSAGE = "Read TikTok's own message beside this one: it names the field. Correct it and send it again."
_NEW_CONSENT = "Let the advertiser consent again, and put the new access token into the settings."
_APP_CURE = "Compare app id and secret with the app's page in TikTok's portal for developers."
_ASK_TIKTOK = "Ask TikTok's support, with the request id: only they can change it."
_TICK_SCOPE = (
    "Tick the permission on the app's page in TikTok's portal, and let the advertiser consent again: a token has the "
    "permissions of the day on which it was made."
)
_LATER = "It is tried again by itself; if it goes on for hours, look for news of a TikTok outage."
_SLOWER = "Wait: calls pass again when TikTok's window is over. If this happens often, ask for a higher tier."
_OTHER_FILE = "Give a file of a type, size and length that TikTok takes."
_IN_PRODUCTION = "Use the production host: set TikTok__ApiBaseUrl to https://business-api.tiktok.com."


def _parameter(code: int, cause: str, cure: str = _READ_MESSAGE) -> Meaning:
    return Meaning(code, Kind.parameter, cause, cure)


def _auth(code: int, cause: str, cure: str = _NEW_CONSENT) -> Meaning:
    return Meaning(code, Kind.auth, cause, cure)


def _permission(code: int, cause: str, cure: str = _ASK_TIKTOK) -> Meaning:
    return Meaning(code, Kind.permission, cause, cure)


def _missing(code: int, cause: str, cure: str = "Look whether the id is right, and whose it is.") -> Meaning:
    return Meaning(code, Kind.missing, cause, cure)


def _throttled(code: int, cause: str) -> Meaning:
    return Meaning(code, Kind.throttled, cause, _SLOWER, is_retryable=True)


def _sandbox(code: int, cause: str, cure: str = _IN_PRODUCTION) -> Meaning:
    return Meaning(code, Kind.sandbox, cause, cure)


def _provider(code: int, cause: str, *, is_retryable: bool = True) -> Meaning:
    return Meaning(code, Kind.provider, cause, _LATER, is_retryable=is_retryable, is_lost=True)


_INTERNAL = "Something failed inside TikTok."

_MEANINGS = {
    meaning.code: meaning
    for meaning in (
        Meaning(OK, Kind.done, "Done.", ""),
        Meaning(PARTIAL, Kind.partial, "TikTok did a part of it.", "Look at the objects that failed, one by one."),
        _parameter(40000, "TikTok does not accept one of the values."),
        _permission(40001, "The advertiser or the scope was not granted to this token.", _TICK_SCOPE),
        _parameter(40002, "TikTok does not accept one of the values."),
        _permission(40003, "TikTok forbids this."),
        _parameter(40006, "The call does not fit the version of the API.", "Look at TikTok__ApiVersion."),
        _missing(40007, "The object or the operation does not exist."),
        _sandbox(40008, "This endpoint is not there."),
        _sandbox(40009, "The sandbox does not have this endpoint."),
        _sandbox(40010, "The token belongs to the other host: sandbox and production have tokens of their own."),
        _parameter(40011, "There are too many ids in one call.", "Send fewer at once."),
        _parameter(40012, "There is nothing to update.", "Give at least one value that differs."),
        _sandbox(40013, "The app has no sandbox account.", "Make one on the app's page in TikTok's portal."),
        _sandbox(40014, "The sandbox does not have this."),
        _throttled(40016, "This app asks TikTok too often."),
        Meaning(40050, Kind.conflict, "The same request, or an object of that name, is there already.", "Look for it."),
        _parameter(40051, "This version of the API does not exist.", "Set TikTok__ApiVersion to v1.3."),
        _missing(40053, "The video's id is not known to this advertiser."),
        _parameter(40061, "There are too many items in one call.", "Send fewer at once."),
        _parameter(40062, "Personal data was not hashed.", "Hash it first, as the calculate_type says."),
        _parameter(40064, "Advertising to young people in the United States is restricted."),
        _parameter(40065, "Advertising to young people in the United States is restricted."),
        _throttled(40100, "TikTok was asked too often."),
        _auth(40101, "App id, secret or auth code are wrong.", _APP_CURE),
        _auth(40102, "The access token has expired."),
        _auth(40103, "The refresh token has expired."),
        _auth(40104, "No access token was sent.", "Set TikTok__AccessToken."),
        _auth(40105, "The access token is wrong, or the consent was withdrawn."),
        _auth(40106, "The user of this token is not valid."),
        _auth(40107, "The refresh token is wrong."),
        _auth(40108, "The grant type is wrong.", _APP_CURE),
        _auth(40109, "The token cannot be read."),
        _auth(40110, "The auth code is used up, expired or cancelled.", "Begin the consent anew: a code is good once."),
        _auth(40113, "The app is blocked, or it is not the app of this token.", _APP_CURE),
        _auth(40114, "The advertiser is logged out."),
        _auth(40115, "The time of the request is too far off.", "Set this machine's clock."),
        _auth(40116, "The signature is wrong.", _APP_CURE),
        _permission(40117, "This app may not use this method."),
        _permission(40118, "This app is not on TikTok's list for that."),
        _permission(40119, "It belongs to another company."),
        _permission(40124, "TikTok has not approved the developer."),
        _permission(40125, "The developer has no permission for that."),
        _permission(40130, "The scope was not granted to this token.", _TICK_SCOPE),
        _permission(40131, "The TikTok account has not allowed that.", "Connect the account again."),
        _throttled(40132, "TikTok was asked too often about this value."),
        _throttled(40133, "TikTok was asked too often for this advertiser."),
        _parameter(40200, "The task failed.", "Make a new task."),
        Meaning(40201, Kind.pending, "The task is not ready.", "Ask again later."),
        Meaning(40202, Kind.conflict, "Something else writes the same object just now.", _LATER, is_retryable=True),
        _missing(40300, "The advertiser does not exist."),
        _permission(40301, "The object does not belong to this advertiser.", "Look whether both ids are right."),
        _missing(40400, "TikTok does not know this address.", "Look at TikTok__ApiBaseUrl and TikTok__ApiVersion."),
        _parameter(40502, "The ad group has as many ads as it may have.", "Delete some, or make another ad group."),
        _provider(40700, "A check inside TikTok failed.", is_retryable=False),
        _parameter(40900, "The file arrived damaged: its MD5 is another one.", "Upload it again."),
        _parameter(40901, "TikTok could not convert the file.", _OTHER_FILE),
        _parameter(40902, "TikTok could not fetch the file.", "The address must be public and answer at once."),
        _parameter(40904, "TikTok cannot read the picture.", _OTHER_FILE),
        _parameter(40905, "The file is missing.", _OTHER_FILE),
        _parameter(40906, "The file is empty.", _OTHER_FILE),
        _parameter(40907, "The file is too large.", _OTHER_FILE),
        _parameter(40908, "TikTok does not take files of this type.", _OTHER_FILE),
        _parameter(40909, "The calculate_type does not fit the file."),
        _parameter(40910, "The file has expired.", "Upload it again."),
        Meaning(40911, Kind.conflict, "The advertiser has a file of that name.", "Give it another name."),
        _permission(41000, "TikTok does not do this in that country."),
        _parameter(41001, "TikTok has switched this call off."),
        _parameter(41002, "A field was retired."),
        _provider(50000, _INTERNAL),
        _provider(50002, "TikTok did not finish in time."),
        _parameter(51065, "The music is of the commercial library: an id of a song's clip is wanted."),
        Meaning(60001, Kind.provider, "TikTok is under maintenance.", _LATER, is_retryable=True),
        _throttled(61000, "TikTok was asked too often."),
    )
}

_SERVICE_ERROR = _provider(51000, _INTERNAL)
UNKNOWN_REFUSAL = Meaning(None, Kind.parameter, "TikTok refused, with a code that is not documented.", _READ_MESSAGE)
NO_ANSWER = Meaning(None, Kind.provider, "TikTok did not answer.", _LATER, is_retryable=True, is_lost=True)
UNREADABLE = Meaning(None, Kind.provider, "TikTok's answer cannot be read.", _LATER, is_retryable=True, is_lost=True)
UNREACHED = Meaning(None, Kind.provider, "TikTok could not be reached.", _LATER, is_retryable=True)
TOO_MANY = Meaning(None, Kind.throttled, "TikTok was asked too often.", _SLOWER, is_retryable=True)
OUTAGE = Meaning(None, Kind.provider, _INTERNAL, _LATER, is_retryable=True, is_lost=True)
WRONG_ADDRESS = replace(_MEANINGS[40400], code=None)


def explain(code: int) -> Meaning:
    """Tell what a code means. One that is not documented is a refusal, and that it is not known is told."""
    if (known := _MEANINGS.get(code)) is not None:
        return known
    if 51000 <= code < 52000:
        return replace(_SERVICE_ERROR, code=code)
    if 50000 <= code < 51000:
        # Not documented, and by its number an error of TikTok's own: nobody knows what became of a write.
        return replace(_SERVICE_ERROR, code=code, is_retryable=False, is_known=False)
    return replace(UNKNOWN_REFUSAL, code=code, is_known=False)


def known_codes() -> tuple[int, ...]:
    """List the documented codes."""
    return tuple(code for code in _MEANINGS if code is not None)


def explain_http(status: int) -> Meaning:
    """Tell what an HTTP status without the envelope means."""
    if status == 429:
        return TOO_MANY
    if status >= 500:
        return OUTAGE
    return WRONG_ADDRESS if 300 <= status < 500 and status != 408 else UNREADABLE
