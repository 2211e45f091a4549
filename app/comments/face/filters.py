"""Reading the filters of an address."""

from typing import Any

from app.ads.desk.errors import InvalidInput
from app.comments.actions import By
from app.comments.face.selecting import Wanted
from app.comments.models import CommentState
from app.messages import comments as said

ME = "me"


def read_filters(by: By, state: str, status: str, **filters: Any) -> Wanted:
    """Give what is wanted. `assigned_to` "me" is whoever asks. Raises InvalidInput."""
    states = {word.strip() for word in state.split(",") if word.strip()}
    if unknown := states - {one.value for one in CommentState}:
        raise InvalidInput({"state": said.no_such_state(", ".join(sorted(unknown))[:100])})
    if filters.get("assigned_to") == ME:
        filters["assigned_to"] = by.admin_id or "nobody at all"
    statuses = frozenset(word.strip().upper() for word in status.split(",") if word.strip())
    return Wanted(states=frozenset(map(CommentState, states)), statuses=statuses, **filters)
