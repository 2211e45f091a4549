"""What waits for a person, beside the names in the main menu."""

from dataclasses import dataclass

from app.auth.guards import AppRequest
from app.auth.models import Admin
from app.comments.unread_count import count_unread as count_unread_comments
from app.notifications.news import count_unread
from app.posts.face.approval_queue import count_waiting
from app.resources import Resources
from app.web.accepts import wants_page
from app.web.language import remember_reader

_MOST = 100
_STATE = "badges"


@dataclass(frozen=True, slots=True)
class Badges:
    """Numbers up to 100; nothing stands there for 0."""

    approvals: int = 0
    notifications: int = 0
    comments: int = 0

    @property
    def total(self) -> int:
        return self.approvals + self.notifications + self.comments


async def count_badges(request: AppRequest) -> None:
    """Count them before a page is made: for a whole page, and neither for its parts nor for pictures."""
    await remember_reader(request)
    person: Admin | None = request.scope.get("user")
    is_whole = wants_page(request.headers.get("accept", "")) and "hx-request" not in request.headers
    if person is None or not is_whole:
        return
    request.scope["state"][_STATE] = await count(request.app.state["resources"], person)


async def count(resources: Resources, person: Admin) -> Badges:
    """Count what waits for a person."""
    async with resources.read() as session:
        waiting = await count_waiting(session, most=_MOST)
        comments = await count_unread_comments(session, resources, most=_MOST)
        return Badges(waiting, await count_unread(session, person), comments)


def badges_of(request: AppRequest) -> Badges:
    """Give what was counted."""
    counted = request.scope.get("state", {}).get(_STATE)
    return counted if isinstance(counted, Badges) else Badges()
