"""Taking a post up by its Spark code: whose it is, which post it lends, and until when."""

from typing import Any

from app.ads.boosts.codes import open_code
from app.ads.boosts.work import Ended, Work
from app.ads.connections.reach import Reach
from app.ads.desk.errors import RefusedByTikTok
from app.kit.failpoints import reach as mark_failpoint
from app.messages import ads_boosts
from app.tiktok_business.family import every
from app.tiktok_business.spark import SparkPost

POLITICAL = "political_account"
_CODE = "AUTH_CODE"


async def find(work: Work) -> SparkPost | None:
    """Give the post if this ad account has taken it up already. Raises Ended, BusinessError."""
    return await work.reach.client.spark.find_info(work.boost.advertiser_id, _code_of(work))


async def send(work: Work) -> None:
    """Take it up. Raises Ended, OutcomeUnknown, and what else `Desk.write` raises."""
    code = _code_of(work)

    async def authorize(reach: Reach) -> None:
        await reach.client.spark.authorize(work.boost.advertiser_id, code)

    mark_failpoint("boost.authorize.sent")
    try:
        # The code itself is no part of the record: whoever has it may advertise with the post.
        await work.desk.write("ads.boost.authorize", work.boost.advertiser_id, {"boost_id": work.boost.id}, authorize)
    except RefusedByTikTok:
        raise Ended("code_refused", ads_boosts.CODE_REFUSED) from None


async def check(work: Work, found: SparkPost) -> dict[str, Any]:
    """Look whether it is the right post, of an account that may advertise; give what the ad needs. Raises Ended."""
    if found.item_info.item_id != work.boost.item_id:
        raise Ended("code_of_other_post", ads_boosts.CODE_OF_OTHER)
    identity_id, kind = found.user_info.identity_id, found.user_info.identity_type or _CODE
    listed = every(work.reach.client.identities.list_identities, work.boost.advertiser_id, identity_type=kind)
    async for one in listed:
        if one.identity_id == identity_id and one.is_gpppa:
            raise Ended(POLITICAL, ads_boosts.POLITICAL)
    return {"identity_id": identity_id, "identity_type": kind, "code_ends_at": found.ends_at}


def _code_of(work: Work) -> str:
    code = open_code(work.app.keyring, work.boost)
    if code is None:
        raise Ended("code_missing", ads_boosts.CODE_NEEDED)
    return code
