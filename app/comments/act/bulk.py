"""One action for many comments, with what became of each and with what undoes it."""

from collections.abc import Sequence

from app.comments.act import favouring, handling, moderating
from app.comments.actions import Action, By, Done, Outcome, Step
from app.comments.lookup import find_comments
from app.comments.models import Comment, CommentState
from app.errors import AppError
from app.resources import Resources

_PAIRS = ((Action.hide, Action.show), (Action.pin, Action.unpin), (Action.like, Action.unlike))
_INVERSE = {one: other for pair in _PAIRS for one, other in (pair, pair[::-1])}


async def act_on_many(
    app: Resources, by: By, action: Action, row_ids: Sequence[str], *, assignee_id: str | None = None
) -> Done:
    """Do it to each. What cannot be done to one stands at that one; the others are done all the same."""
    before = await find_comments(app, row_ids)
    pinned = await favouring.find_pinned_beside(app, before.values()) if action is Action.pin else []
    match action:
        case Action.hide | Action.show:
            outcomes = await moderating.set_visible(app, by, row_ids, visible=action is Action.show)
        case Action.delete:
            outcomes = [await _delete(app, by, one) for one in dict.fromkeys(row_ids)]
        case Action.assign:
            outcomes = await handling.assign(app, row_ids, assignee_id)
        case Action.pin | Action.unpin | Action.like | Action.unlike:
            outcomes = await favouring.favour(app, by, action, row_ids)
        case _:
            outcomes = await handling.set_state(app, row_ids, CommentState(action.value))
    changed = [before[one.row_id] for one in outcomes if one.was_changed and one.row_id in before]
    posts = {row.place_id for row in changed}
    let_go = [row.id for row in pinned if row.place_id in posts]
    # After the unpinning: a post has one pinned comment, and TikTok let go of that one.
    again = [Step(Action.pin, let_go, None)] if let_go else []
    return Done(outcomes, [*_undo(action, changed), *again])


async def hide_author(app: Resources, by: By, row_id: str) -> Done:
    """Hide all that the author of a comment has written under this account's ads or posts. Raises CommentNotFound."""
    return await act_on_many(app, by, Action.hide, await moderating.list_ids_of_author(app, row_id))


async def _delete(app: Resources, by: By, row_id: str) -> Outcome:
    try:
        await moderating.delete_own(app, by, row_id)
    except AppError as error:
        return Outcome(row_id, error)
    return Outcome(row_id, was_changed=True)


def _undo(action: Action, changed: Sequence[Comment]) -> list[Step]:
    steps: dict[tuple[Action, str | None], list[str]] = {}
    for row in changed:
        match action:
            case Action.delete:
                continue
            case Action.assign:
                key: tuple[Action, str | None] = (Action.assign, row.assignee_id)
            case _ if action in _INVERSE:
                key = (_INVERSE[action], None)
            case _:
                key = (Action(row.state.value), None)
        steps.setdefault(key, []).append(row.id)
    return [Step(inverse, ids, assignee_id) for (inverse, assignee_id), ids in steps.items()]
