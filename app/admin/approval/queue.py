"""The page of approvals: who waits, the oldest first, and the screen of one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.admin.approval.screen import DESK, Asked, Screen, read_screen
from app.admin.posts.list_page import picture_href
from app.admin.wording.states import STATES, StateWords
from app.errors import NotFound
from app.kit.clock import utcnow
from app.messages.translator import Translator
from app.posts.face.approval_queue import WaitingPosts, list_waiting
from app.posts.face.views import get_post
from app.posts.models import PostState
from app.posts.schemas import PostRead
from app.resources import Resources


@dataclass(frozen=True, slots=True)
class QueueLine:
    """One post that waits."""

    post: PostRead
    href: str
    picture: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Done:
    """What was decided last: the post and where it stands now."""

    post: PostRead
    words: StateWords
    is_sent_back: bool


@dataclass(frozen=True, slots=True)
class NewLink:
    """A one-time link, shown in the answer to the request that made it and nowhere else."""

    url: str
    name: str
    expires_at: datetime

    def __repr__(self) -> str:
        return f"NewLink({self.name!r})"


@dataclass(frozen=True, slots=True)
class ApprovalsPage:
    """The queue and the screen of one post; none where nothing waits."""

    queue: Sequence[QueueLine]
    count: int
    place: int
    next_href: str
    screen: Screen | None
    done: Done | None
    new_link: NewLink | None
    now: datetime


async def read_approvals(
    resources: Resources,
    i18n: Translator,
    post_id: str,
    asked: Asked,
    *,
    done_id: str = "",
    new_link: NewLink | None = None,
) -> ApprovalsPage:
    """Collect the page; without `post_id` the oldest post is shown. Raises NotFound for one that is not there."""
    async with resources.read() as session:
        waiting = await list_waiting(session, resources.settings)
    wanted = post_id or (waiting.posts[0].id if waiting.posts else "")
    screen = await read_screen(resources, i18n, wanted, asked) if wanted else None
    ids = [post.id for post in waiting.posts]
    return ApprovalsPage(
        queue=[_line(post, wanted) for post in waiting.posts],
        count=waiting.count,
        place=ids.index(wanted) + 1 if wanted in ids else 0,
        next_href=_next(waiting, wanted),
        screen=screen,
        done=await _read_done(resources, done_id),
        new_link=new_link,
        now=utcnow(),
    )


def _line(post: PostRead, wanted: str) -> QueueLine:
    picture = picture_href(post, 1, small=True) if post.media else ""
    return QueueLine(post, f"{DESK}/{post.id}", picture, post.id == wanted)


def _next(waiting: WaitingPosts, wanted: str) -> str:
    """The one after this; after the last the first, if it is another."""
    ids = [post.id for post in waiting.posts]
    others = [one for one in ids if one != wanted]
    if not others:
        return ""
    after = ids[ids.index(wanted) + 1 :] if wanted in ids else ids
    return f"{DESK}/{(after or others)[0]}"


async def _read_done(resources: Resources, post_id: str) -> Done | None:
    if not post_id:
        return None
    async with resources.read() as session:
        try:
            post = await get_post(session, resources.settings, post_id)
        except NotFound:
            return None
    if post.state is PostState.awaiting_approval:
        return None
    return Done(post, STATES[post.state], post.state is PostState.cancelled)
