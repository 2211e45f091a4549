"""Decisions about many posts at once, from the list."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from litestar import post
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Template
from pydantic import BaseModel, BeforeValidator, Field

from app.admin.posts.list_query import PATH, read_query
from app.admin.posts.search_page import read_posts_page, zone_of
from app.admin.posts.search_views import BulkResult
from app.admin.shell.forms import list_of
from app.admin.shell.frame import render, translator_for
from app.auth.access import EDITOR
from app.auth.models import Admin
from app.messages.translator import N_, Translator
from app.posts.face.decisions import decide_many
from app.posts.face.views import list_posts_by_id
from app.posts.models import PostState
from app.posts.schemas import PostRead
from app.posts.schemas_decisions import PostBulk, PostOutcome
from app.resources import Resources

Action = Literal["cancel", "retry", "reschedule", "restore"]

_DECIDE_THERE = N_("Whether it is on TikTok is not known: decide it on its own page.")
_NO_TIME = N_("Choose a day and a time first.")
_NONE_CHOSEN = N_("Choose posts first: tick them in the list.")


class BulkInput(BaseModel):
    """The form below the list; `at` is a day and a time in the reader's zone, `query` the list's address."""

    ids: Annotated[list[Annotated[str, Field(max_length=64)]], BeforeValidator(list_of), Field(max_length=200)] = []
    action: Action
    at: Annotated[str, Field(max_length=40)] = ""
    query: Annotated[str, Field(max_length=2000)] = ""


@post(f"{PATH.removeprefix('/admin')}/bulk", status_code=200, name="admin:posts:bulk", opt=EDITOR)
async def decide_many_posts(
    request: HTMXRequest,
    resources: NamedDependency[Resources],
    admin: NamedDependency[Admin],
    data: URLEncodedBody[BulkInput],
) -> Template:
    """Decide, and show the list again with what became of each."""
    i18n = translator_for(request)
    query = read_query(parse_qsl(data.query.partition("?")[2]))
    result, error = await _carry_out(resources, i18n, data, by=admin.email)
    page = await read_posts_page(resources, i18n, query, result=result)
    return render(
        request, "admin/posts/posts.html", page, section="posts", path=PATH, error=error,
        status_code=422 if error else 200,
    )  # fmt: skip


async def _carry_out(
    resources: Resources, i18n: Translator, data: BulkInput, *, by: str
) -> tuple[BulkResult | None, str]:
    if not data.ids:
        return None, i18n.gettext(_NONE_CHOSEN)
    at = _read_time(data.at, zone_of(resources, i18n)) if data.action == "reschedule" else None
    if data.action == "reschedule" and at is None:
        return None, i18n.gettext(_NO_TIME)
    async with resources.read() as session:
        posts = {found.id: found for found in await list_posts_by_id(session, resources.settings, data.ids)}
    unclear = {i for i, found in posts.items() if data.action == "retry" and found.state is PostState.unconfirmed}
    ids = [post_id for post_id in dict.fromkeys(data.ids) if post_id not in unclear]
    bulk = {"ids": ids, "action": data.action} | ({"scheduled_at": at} if at else {})
    outcomes = await decide_many(resources, PostBulk.model_validate(bulk), by=by) if ids else []
    refused = [(i, _headline(i18n, posts[i]), i18n.gettext(_DECIDE_THERE)) for i in sorted(unclear)]
    refused += [
        (one.id, _headline(i18n, posts.get(one.id)), one.detail.shown(i18n) if one.detail else "")
        for one in outcomes
        if not one.done
    ]
    done = [one for one in outcomes if one.done]
    stopping = sum(1 for one in done if data.action == "cancel" and one.state is PostState.publishing)
    return BulkResult(
        action=data.action, done=len(done) - stopping, stopping=stopping, refused=refused, undo=_undo(data, done)
    ), ""


def _undo(data: BulkInput, done: Sequence[PostOutcome]) -> list[str]:
    return [one.id for one in done if data.action == "cancel" and one.state is PostState.cancelled]


def _headline(i18n: Translator, found: PostRead | None) -> str:
    if found is None:
        return i18n.gettext(N_("A post that is not there"))
    own = "" if found.kind == "video" else found.title
    return own or found.article_title or i18n.gettext(N_("Without a title"))


def _read_time(told: str, zone: str) -> datetime | None:
    try:
        return datetime.fromisoformat(told).replace(tzinfo=ZoneInfo(zone))
    except (ValueError, OverflowError):
        return None
