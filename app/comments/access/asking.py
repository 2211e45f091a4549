"""Opening the way to an owner's comments, for a read and for a write that stands on record."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from app.accounts.business_account import BusinessAccount, call_as_business
from app.ads.connections.reach import note_refused, reach_advertiser
from app.ads.desk.errors import desk_error
from app.ads.desk.writing import Desk
from app.ads.internal import audit
from app.ads.internal.audit import Entry
from app.comments.access.ads import AdAccess
from app.comments.access.opened import CommentAccess
from app.comments.access.organic import OrganicAccess
from app.comments.actions import By
from app.comments.models import Comment, CommentSource
from app.resources import Resources
from app.tiktok_business.errors import BusinessError
from app.tiktok_business.sending import Patience

T = TypeVar("T")

_INTERACTIVE = Patience(caller="comments", turn=12.0)


async def ask(app: Resources, row: Comment, patience: Patience, work: Callable[[CommentAccess], Awaitable[T]]) -> T:
    """Do some work with the way to a comment open. Raises BusinessError, and what opening it raises."""
    if row.source is CommentSource.organic:
        return await call_as_business(app, row.owner_id, lambda opened: work(OrganicAccess(opened)), patience=patience)
    reach = await reach_advertiser(app, row.owner_id, patience=patience)
    try:
        return await work(AdAccess(reach))
    except BusinessError as error:
        await note_refused(app, reach, error)
        raise


async def write(
    app: Resources,
    by: By,
    verb: str,
    row: Comment,
    told: Mapping[str, Any],
    work: Callable[[CommentAccess], Awaitable[T]],
) -> T:
    """Make one write about a comment, or about several of its owner's; `told` stands on record beside `verb`.

    Raises RoleForbids and what opening the way raises before anything is sent, then what `desk_error` makes of
    TikTok's answers.
    """
    if row.source is CommentSource.organic:
        return await write_as_account(app, by, verb, row.owner_id, told, work)
    return await Desk(app, by.name).write(
        f"ads.comments.{verb}", row.owner_id, told, lambda reach: work(AdAccess(reach))
    )


async def write_as_account(
    app: Resources,
    by: By,
    verb: str,
    account_id: str,
    told: Mapping[str, Any],
    work: Callable[[OrganicAccess], Awaitable[T]],
) -> T:
    """The same in the name of a business account."""

    async def act(entry: Entry) -> T:
        async def begin(opened: BusinessAccount) -> T:
            if not entry.is_open:
                await audit.begin(app, entry)
            return await work(OrganicAccess(opened))

        try:
            return await call_as_business(app, account_id, begin, patience=_INTERACTIVE)
        except BusinessError as error:
            raise desk_error(error) from error

    return await Desk(app, by.name).on_record(f"comments.{verb}", {"account_id": account_id, **told}, act)
