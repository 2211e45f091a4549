"""Why a picture or a film is not in a post, in words for an editor, and whether it may be there later."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from app.errors import TransientError
from app.kit.http.addresses import FetchRefused, without_credentials
from app.kit.http.fetch import FetchFailed
from app.messages import downloading, media_faults
from app.messages.kinds import Address, DiskError
from app.messages.message import Message

_LONGEST_SHOWN_URL = 160
_NOT_THERE_YET = frozenset({"fetch_not_found", "fetch_not_served", "fetch_empty"})
_NO_TIME = "media_no_time_left"


@dataclass(frozen=True, slots=True)
class ImageSource:
    """An image as the article names it. `problem`: why its address was found unusable when the article came."""

    url: str
    alt: str = ""
    problem: Message | None = None


@dataclass(frozen=True, slots=True)
class MediaProblem:
    """Why one image or film is not in the post. `is_transient`: it may work later, after `retry_after` seconds.

    `allow` is the entry of NEWSREEL_FETCH_ALLOW_HOSTS under which it would be fetched.
    """

    url: str
    code: str
    message: Message
    is_transient: bool = False
    retry_after: float | None = None
    allow: str = ""

    @property
    def is_not_there_yet(self) -> bool:
        """What the server says of a file that was published a moment ago; of an old one it is the last word."""
        return self.code in _NOT_THERE_YET

    @property
    def is_of_fetching(self) -> bool:
        """It has not come; what came and cannot be used is another matter."""
        return self.code.startswith(("fetch_", "media_"))

    @property
    def is_ours(self) -> bool:
        """It was not even asked for: too much else was under way here."""
        return self.code == _NO_TIME

    @property
    def line(self) -> Message:
        """The problem in one line for an editor. Query strings and passwords stay out: they may be secrets."""
        address = without_credentials(self.url).partition("?")[0].replace(" ", "%20")
        shown = "".join(sign if sign.isprintable() else "?" for sign in address)
        return media_faults.at(address=Address(shown[:_LONGEST_SHOWN_URL]), cause=self.message)


def not_fetched(url: str, error: FetchRefused | FetchFailed) -> MediaProblem:
    """Say why a download did not work."""
    code = f"fetch_{error.code}"
    if isinstance(error, FetchFailed):
        return MediaProblem(url, code, error.message, is_transient=True, retry_after=error.retry_after)
    return MediaProblem(url, code, error.advice, allow=error.entry)


def left_alone(url: str, seconds: float) -> MediaProblem:
    """The host did not answer several times in a row."""
    message = downloading.left_alone(seconds=round(seconds))
    return MediaProblem(url, "fetch_left_alone", message, is_transient=True, retry_after=seconds)


def too_late(url: str) -> MediaProblem:
    """It was on its way when the time for all pictures of the post was over."""
    message = downloading.TOO_LATE
    return MediaProblem(url, "media_too_late", message, is_transient=True)


def no_time_left(url: str) -> MediaProblem:
    """Others took all the time."""
    message = downloading.NO_TIME_LEFT
    return MediaProblem(url, _NO_TIME, message, is_transient=True)


def disk_full(why: str) -> TransientError:
    """Make the error of a disk that does not take media; `why` is what the system says."""
    return TransientError(media_faults.not_stored(cause=DiskError(why)), code="media_disk_full")


def host_of(url: str) -> str:
    """Name the host of an address, with its port, however odd the address is."""
    try:
        return urlsplit(url.strip()).netloc.lower()
    except ValueError:
        return ""
