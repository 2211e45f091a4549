"""Whether TikTok can reach our media: asked at our own public address, from the outside in."""

import httpx

from app.kit.http.client import fetch_answer
from app.kit.ids import new_token
from app.media.service import SELF_CHECK_USER_AGENT
from app.resources import Resources
from app.tiktok.fields import parse_object

_DEADLINE_SECONDS = 5.0
_MISSING = "not_found"


async def is_serving(resources: Resources) -> bool:
    """Ask for a medium that does not exist, and see whether our own refusal comes back.

    Never for one that does: a cache before us would keep it, and TikTok's request for it would not reach us any more.
    The refusal needs web process and database, and comes by the way that TikTok takes.
    """
    address = f"{resources.settings.public_url}/media/{new_token(12)}/1.jpg"
    request = httpx.Request("GET", address, headers={"User-Agent": SELF_CHECK_USER_AGENT})
    try:
        answer = await fetch_answer(resources.tiktok_http, request, deadline=_DEADLINE_SECONDS)
    except httpx.RequestError:
        return False
    return answer.status == httpx.codes.NOT_FOUND and (parse_object(answer.body) or {}).get("code") == _MISSING
