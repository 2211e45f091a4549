"""Why a boost is not made or not found."""

from collections.abc import Sequence
from typing import Any

from app.errors import Conflict, NotFound
from app.messages import ads_boosts
from app.messages.message import Message


class BoostNotFound(NotFound):
    code = "boost_not_found"
    title = ads_boosts.NO_BOOST


class CannotBoost(Conflict):
    """Something stands in the way. `checks` in the problem document has all that does, each with its reason."""

    code = "cannot_boost"

    def __init__(self, why: Message, checks: Sequence[dict[str, Any]]) -> None:
        super().__init__(ads_boosts.boost_refused(why))
        self.members = {"checks": list(checks)}


class BoostExists(Conflict):
    """The same post is boosted in this ad account already; `boost_id` in the problem document names that boost."""

    code = "boost_exists"

    def __init__(self, boost_id: str) -> None:
        super().__init__(ads_boosts.ALREADY)
        self.members = {"boost_id": boost_id}
