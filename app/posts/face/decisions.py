"""What a person may decide about a post: one table, and the one function that carries a decision out.

The API, the pages and what a post says of its next moves (`actions`) all follow from the table.
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from app.audit.record import record
from app.auth.models import Role
from app.errors import AppError, Conflict
from app.messages import post_refusals
from app.messages.kinds import State
from app.messages.message import Message
from app.posts.face.approving import approve_post, reject_post
from app.posts.face.case import Afterwards, Case, Nothing, find_post
from app.posts.face.resolutions import check_post, dismiss_alert, resolve_post
from app.posts.face.revise import revise_post
from app.posts.face.sending import cancel_post, restore_post, retry_post
from app.posts.models import NOT_YET_GIVEN, Post, PostState
from app.posts.schemas_decisions import PostApprove, PostBulk, PostOutcome, PostReject, PostResolve, PostRevise
from app.resources import Resources

D = TypeVar("D", bound=BaseModel)
S = PostState


def _at_rest(post: Post) -> bool:
    """While its init may be on its way, nobody but its worker moves a post."""
    return not post.is_sending


def _warned(post: Post) -> bool:
    return post.alert is not None


def _stopped_by_person(post: Post) -> bool:
    return _at_rest(post) and post.state_reason == "cancelled_by_person" and post.publish_id is None


@dataclass(frozen=True, slots=True)
class Decision(Generic[D]):
    """One thing that a person may decide: from which states, with which input, and what then happens.

    `refusal` is what is said where the state forbids it, `unfit` where something else that must be so is not; `role` is
    what one must be at least to decide it.
    """

    name: str
    states: frozenset[PostState]
    takes: type[D]
    carry_out: Callable[[Case, D], Awaitable[Afterwards | None]]
    refusal: Callable[[PostState], Message]
    fits: Callable[[Post], bool] = _at_rest
    unfit: Message = post_refusals.MOVED_ON
    role: Role = Role.editor

    @property
    def meaning(self) -> str:
        """What it does, in one line."""
        return (inspect.getdoc(self.carry_out) or "").partition("\n")[0]

    def is_open(self, post: Post) -> bool:
        """Tell whether a person has this move now."""
        return post.state in self.states and self.fits(post)

    async def make(self, case: Case, data: D) -> Afterwards | None:
        """Carry it out. Raises Conflict where the state forbids it."""
        if case.post.state not in self.states:
            raise Conflict(self.refusal(case.post.state), code="state_forbids")
        if not self.fits(case.post):
            raise Conflict(self.unfit, code="state_forbids")
        return await self.carry_out(case, data)


def _only(refusal: Callable[[State, State], Message], needed: PostState) -> Callable[[PostState], Message]:
    return lambda state: refusal(State(state), State(needed))


_TABLE: tuple[Decision[Any], ...] = (
    Decision(
        "approve",
        frozenset({S.awaiting_approval}),
        PostApprove,
        approve_post,
        _only(post_refusals.cannot_approve, S.awaiting_approval),
    ),
    Decision(
        "reject",
        frozenset({S.awaiting_approval}),
        PostReject,
        reject_post,
        _only(post_refusals.cannot_reject, S.awaiting_approval),
    ),
    Decision(
        "retry",
        frozenset({S.failed, S.retryable, S.unconfirmed, S.scheduled}),
        Nothing,
        retry_post,
        lambda state: post_refusals.cannot_retry(state=State(state)),
    ),
    Decision(
        "revise",
        NOT_YET_GIVEN | {S.failed},
        PostRevise,
        revise_post,
        lambda state: post_refusals.cannot_edit(state=State(state)),
    ),
    Decision(
        "cancel",
        frozenset({S.scheduled, S.awaiting_approval, S.queued, S.retryable, S.publishing}),
        Nothing,
        cancel_post,
        lambda state: post_refusals.cannot_cancel(state=State(state)),
    ),
    Decision(
        "restore",
        frozenset({S.cancelled}),
        Nothing,
        restore_post,
        lambda state: post_refusals.cannot_restore(state=State(state)),
        fits=_stopped_by_person,
        unfit=post_refusals.NOT_STOPPED_BY_PERSON,
    ),
    Decision(
        "resolve",
        frozenset({S.unconfirmed}),
        PostResolve,
        resolve_post,
        _only(post_refusals.cannot_resolve, S.unconfirmed),
    ),
    Decision("check", frozenset({S.unconfirmed}), Nothing, check_post, _only(post_refusals.cannot_look, S.unconfirmed)),
    Decision(
        "dismiss",
        frozenset(S),
        Nothing,
        dismiss_alert,
        lambda _: post_refusals.NOTHING_TO_DISMISS,
        fits=_warned,
        unfit=post_refusals.NOTHING_TO_DISMISS,
    ),
)
DECISIONS: Mapping[str, Decision[Any]] = {decision.name: decision for decision in _TABLE}


def list_actions(post: Post) -> list[str]:
    """Name the moves that a person has now."""
    return [decision.name for decision in _TABLE if decision.is_open(post)]


async def decide(app: Resources, post_id: str, name: str, data: BaseModel | None = None, *, by: str) -> None:
    """Carry out a person's decision. Raises NotFound, Conflict where the state forbids it, or Invalid."""
    async with app.transaction() as session:
        case = Case(app, session, await find_post(session, post_id), by)
        afterwards = await decide_case(case, name, data)
    if afterwards is not None:
        await afterwards()


async def decide_case(case: Case, name: str, data: BaseModel | None = None) -> Afterwards | None:
    """Carry out a decision within the case's transaction; what it returns is to be done once that has ended."""
    post = case.post
    record(
        case.session,
        f"post.{name}",
        object_kind="post",
        object_id=post.id,
        object_name=post.title,
        before={"state": post.state, "title": post.title, "description": post.description},
        after={} if data is None else data.model_dump(exclude_unset=True, mode="json"),
    )
    return await DECISIONS[name].make(case, Nothing() if data is None else data)


async def decide_many(app: Resources, data: PostBulk, *, by: str) -> list[PostOutcome]:
    """Carry one decision out on many posts, each for itself: what is refused of one does not stop the others."""
    name, takes = _IN_BULK[data.action]
    return [await _decide_one(app, post_id, name, takes(data), by) for post_id in dict.fromkeys(data.ids)]


_IN_BULK: Mapping[str, tuple[str, Callable[[PostBulk], BaseModel | None]]] = {
    "cancel": ("cancel", lambda _: None),
    "retry": ("retry", lambda _: None),
    "restore": ("restore", lambda _: None),
    "approve": ("approve", lambda _: PostApprove()),
    "reschedule": ("revise", lambda data: PostRevise(scheduled_at=data.scheduled_at)),
}


async def _decide_one(app: Resources, post_id: str, name: str, data: BaseModel | None, by: str) -> PostOutcome:
    try:
        await decide(app, post_id, name, data, by=by)
    except AppError as error:
        return PostOutcome(id=post_id, done=False, code=error.code, detail=error.message)
    async with app.read() as session:
        return PostOutcome(id=post_id, done=True, state=(await find_post(session, post_id)).state)
