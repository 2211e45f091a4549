"""The API of the team."""

from litestar import Controller, Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth import people
from app.auth.access import ADMIN, NO_KEY
from app.auth.schemas import InvitationRead, PersonCreate, PersonList, PersonRead, PersonUpdate
from app.config import Settings
from app.kit.paging import DEFAULT_LIMIT
from app.web.list_parameters import Cursor, Limit

_NO_STORE = {"Cache-Control": "no-store"}


class PeopleController(Controller):
    path = "/api/users"
    tags = ("team",)
    opt = ADMIN | NO_KEY

    @get("/", operation_id="list_users")
    async def list_users(
        self,
        session: NamedDependency[AsyncSession],
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> PersonList:
        """List the people who may come in, newest first."""
        page = await people.list_people(session, limit=limit, cursor=cursor)
        return PersonList(items=[PersonRead.model_validate(row) for row in page.items], next_cursor=page.next_cursor)

    @post("/", operation_id="invite_user", status_code=201)
    async def invite_user(
        self, session: NamedDependency[AsyncSession], settings: NamedDependency[Settings], data: JSONBody[PersonCreate]
    ) -> Response[InvitationRead]:
        """Invite a person; the answer has their one-time link, this once. It works for 72 hours."""
        return _tell(await people.invite(session, settings, data))

    @get("/{user_id:str}", operation_id="get_user")
    async def get_user(self, session: NamedDependency[AsyncSession], user_id: FromPath[str]) -> PersonRead:
        """Show one person."""
        return PersonRead.model_validate(await people.get_person(session, user_id))

    @patch("/{user_id:str}", operation_id="update_user")
    async def update_user(
        self, session: NamedDependency[AsyncSession], user_id: FromPath[str], data: JSONBody[PersonUpdate]
    ) -> PersonRead:
        """Change a person; another role counts at once. The last admin stays one."""
        return PersonRead.model_validate(await people.update_person(session, user_id, data))

    @delete("/{user_id:str}", operation_id="remove_user", status_code=204)
    async def remove_user(self, session: NamedDependency[AsyncSession], user_id: FromPath[str]) -> None:
        """Remove a person; their logins end at once. The last admin cannot go."""
        await people.remove_person(session, user_id)

    @post("/{user_id:str}/invitation", operation_id="renew_invitation", status_code=201)
    async def renew_invitation(
        self, session: NamedDependency[AsyncSession], settings: NamedDependency[Settings], user_id: FromPath[str]
    ) -> Response[InvitationRead]:
        """Make another link for somebody who has not come yet; the old one is over."""
        return _tell(await people.renew_invitation(session, settings, user_id))

    @delete("/{user_id:str}/totp", operation_id="drop_second_factor", status_code=204)
    async def drop_second_factor(self, session: NamedDependency[AsyncSession], user_id: FromPath[str]) -> None:
        """Switch off the second factor of somebody who has lost phone and recovery codes."""
        await people.free_person(session, user_id)


def _tell(made: people.Invitation) -> Response[InvitationRead]:
    known = PersonRead.model_validate(made.person).model_dump()
    body = InvitationRead(**known, invitation_url=made.url, invitation_expires_at=made.expires_at)
    return Response(body, headers=_NO_STORE)
