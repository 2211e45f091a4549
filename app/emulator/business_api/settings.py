"""What can be set about the emulated app at the Business API, and switches for what TikTok leaves open."""

from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec

ALL_SCOPES = (
    1, 10, 100, 15, 150, 151, 152, 153, 155, 156, 157,
    2, 200, 201, 210, 211, 220, 221, 3, 30, 31, 32, 4, 44,
    6, 600, 601, 610, 611, 690, 691, 692, 693,
    15000000, 15010100, 15010200, 15020100, 15020200, 16000000, 18000000, 18010100, 18020000, 18030100, 18030200,
)  # fmt: skip

Seconds = Annotated[float, msgspec.Meta(ge=0, le=1_000_000_000)]


@dataclass
class BusinessSettings:
    """The portal's entry of one app, the pace of what TikTok does in the background, and the guesses."""

    seed: Annotated[int, msgspec.Meta(ge=0, le=2**31)] = 1
    app_id: str = "7000000000000000001"
    app_secret: str = "emulated-business-secret"  # noqa: S105 - a name for a fake, it opens nothing
    # Of the first user, who is admin of the first business center and of all that is made in it.
    access_token: str = "emulated-business-token"  # noqa: S105
    bc_id: str = "7100000000000000001"

    tier: Literal["basic", "advanced", "premium", "ultimate"] = "basic"
    limits_enabled: bool = True
    # Undocumented: whether the words of a 40100 tell the second from the minute.
    limit_says_window: bool = True
    # Also whatever host the caller used; without it a host that begins with "sandbox" is one.
    sandbox: bool = False

    # From this day on (YYYY-MM-DD) `campaign/create/` refuses what Upgraded Smart+ takes over, or all of it.
    manual_creation_ends: Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = None
    manual_creation_ends_for: Literal["conversion_objectives", "all"] = "conversion_objectives"

    # Spending comes with each full hour; with this, also at once with an hour that has begun.
    begun_hour_counts: bool = False
    review_seconds: Seconds = 60
    review_outcome: Literal["pass", "fail"] = "pass"
    review_reason: str = "The ad text breaks the advertising policies."
    task_queue_seconds: Seconds = 2
    task_run_seconds: Seconds = 3
    task_outcome: Literal["SUCCESS", "FAILED"] = "SUCCESS"
    publish_seconds: Seconds = 5
    post_id_seconds: Seconds = 5

    auth_code_ttl: Seconds = 3_600
    account_code_ttl: Seconds = 600
    account_access_ttl: Seconds = 86_400
    account_refresh_ttl: Seconds = 31_536_000
    # Undocumented: whether a refresh token is spent by its use. The stricter reading is the default.
    account_refresh_rotates: bool = True
    download_ttl: Seconds = 3_600
    # How long each answer takes on its way; TikTok's own pace is not documented.
    answer_seconds: Annotated[float, msgspec.Meta(ge=0, le=60)] = 0

    # Seen by others, not documented: comment/list/ looks over 30 days at most.
    comment_window_days: Annotated[int, msgspec.Meta(ge=1, le=3_650)] = 30
    organic_text_limit: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 1_200
    pull_timeout: Seconds = 30
    calls_kept: Annotated[int, msgspec.Meta(ge=10, le=1_000_000)] = 5_000
