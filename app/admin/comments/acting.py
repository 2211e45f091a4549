"""Doing something to comments from the page, and saying what became of each."""

from collections.abc import Sequence

from app.admin.comments.forms import write_step
from app.admin.comments.page import Result
from app.admin.comments.words import DONE
from app.auth.models import Admin
from app.comments.act.bulk import act_on_many, hide_author
from app.comments.actions import Action, By, Done, Outcome, Step
from app.comments.errors import CommentNotFound
from app.comments.lookup import find_comments
from app.errors import AppError
from app.messages.message import Message
from app.messages.translator import N_
from app.resources import Resources

_BACK = N_("Brought back")


async def carry_out(
    app: Resources, admin: Admin, action: Action, ids: Sequence[str], *, assignee_id: str | None = None
) -> Result:
    """Do it to each."""
    try:
        done = await act_on_many(app, _by(admin), action, ids, assignee_id=assignee_id)
    except AppError as error:
        return Result(DONE[action], 0, [("", "", error.message)])
    return await _tell(app, DONE[action], done)


async def hide_all_of_author(app: Resources, admin: Admin, comment_id: str) -> Result:
    """Hide all that the author of a comment has written. Raises CommentNotFound."""
    return await _tell(app, DONE[Action.hide], await hide_author(app, _by(admin), comment_id))


async def go_back(app: Resources, admin: Admin, steps: Sequence[Step]) -> Result:
    """Carry the steps out, one after the other."""
    outcomes: list[Outcome] = []
    for step in steps:
        try:
            done = await act_on_many(app, _by(admin), step.action, step.row_ids, assignee_id=step.assignee_id)
        except AppError as error:
            outcomes += [Outcome(row_id, error) for row_id in step.row_ids]
        else:
            outcomes += done.outcomes
    return await _tell(app, _BACK, Done(outcomes))


def _by(admin: Admin) -> By:
    return By(admin.email, admin.id)


async def _tell(app: Resources, label: str, done: Done) -> Result:
    refused = [one for one in done.outcomes if one.error is not None]
    rows = await find_comments(app, [one.row_id for one in refused])
    names = {row_id: row.text[:80] for row_id, row in rows.items()}
    return Result(
        label=label,
        done=len(done.outcomes) - len(refused),
        refused=[(one.row_id, names.get(one.row_id, ""), _message(one)) for one in refused],
        undo=[write_step(step) for step in done.undo],
    )


def _message(one: Outcome) -> Message:
    return (one.error or CommentNotFound()).message
