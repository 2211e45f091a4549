"""The page of the team."""

from typing import Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter, URLEncodedBody
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from app.admin.shell.frame import render, translator_for
from app.admin.team.forms import PersonInput
from app.admin.team.page import PATH as YOUR_PATH
from app.admin.team.team_page import PATH, Problem, TeamAsked, read_team_page
from app.admin.wording.errors import explain
from app.auth.access import ADMIN
from app.auth.models import Admin, Role
from app.auth.people import free_person, invite, remove_person, renew_invitation, update_person
from app.errors import AppError, NotFound
from app.resources import Resources


class TeamPages(Controller):
    """Every form works without script; each answer stands at the top of the page, or at the form that was refused."""

    path = "/team"
    opt = ADMIN

    @get(name="admin:team")
    async def show_team(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        cursor: Annotated[str, QueryParameter(max_length=64)] = "",
    ) -> Template:
        """Show who may come in."""
        return await _show(request, resources, admin, TeamAsked(cursor=cursor))

    @post("/", status_code=201, name="admin:team:invite")
    async def invite_person(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        data: URLEncodedBody[PersonInput],
    ) -> Template:
        """Invite a person; the answer shows the link, and nothing ever does again."""
        try:
            async with resources.transaction() as session:
                made = await invite(session, resources.settings, data.to_create())
        except AppError as error:
            return await _refuse(request, resources, admin, "new", error, data)
        return await _show(request, resources, admin, TeamAsked(invitation=made), status_code=201)

    @post("/{person_id:str}", status_code=303, name="admin:team:update")
    async def save_person(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        person_id: FromPath[str],
        data: URLEncodedBody[PersonInput],
    ) -> Template | Redirect:
        """Change a person."""
        try:
            async with resources.transaction() as session:
                person = await update_person(session, person_id, data.to_update())
        except NotFound:
            raise
        except AppError as error:
            return await _refuse(request, resources, admin, person_id, error, data)
        gave_up = person.id == admin.id and person.role is not Role.admin
        return Redirect(f"{YOUR_PATH if gave_up else PATH}?notice=person_saved", status_code=303)

    @post("/{person_id:str}/invitation", status_code=200, name="admin:team:invite-again")
    async def invite_again(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        person_id: FromPath[str],
    ) -> Template:
        """Make another link; the answer shows it, and the old one is over."""
        async with resources.transaction() as session:
            made = await renew_invitation(session, resources.settings, person_id)
        return await _show(request, resources, admin, TeamAsked(invitation=made))

    @post("/{person_id:str}/second-factor/remove", status_code=303, name="admin:team:free")
    async def free(self, resources: NamedDependency[Resources], person_id: FromPath[str]) -> Redirect:
        """Switch off the second factor of somebody who has lost it."""
        async with resources.transaction() as session:
            await free_person(session, person_id)
        return Redirect(f"{PATH}?notice=person_freed", status_code=303)

    @post("/{person_id:str}/remove", status_code=303, name="admin:team:remove")
    async def remove(
        self,
        request: HTMXRequest,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        person_id: FromPath[str],
    ) -> Template | Redirect:
        """Remove a person, whose logins end at once."""
        try:
            async with resources.transaction() as session:
                await remove_person(session, person_id)
        except NotFound:
            raise
        except AppError as error:
            return await _refuse(request, resources, admin, person_id, error)
        return Redirect(f"{PATH}?notice=person_removed", status_code=303)


async def _show(
    request: HTMXRequest, resources: Resources, admin: Admin, asked: TeamAsked, *, status_code: int = 200
) -> Template:
    page = await read_team_page(resources, admin, asked)
    return render(request, "admin/team/team.html", page, section="team", path=PATH, status_code=status_code)


async def _refuse(
    request: HTMXRequest,
    resources: Resources,
    admin: Admin,
    place: str,
    error: AppError,
    typed: PersonInput | None = None,
) -> Template:
    problem = Problem(place, explain(translator_for(request), error))
    asked = TeamAsked(problem=problem, typed=typed)
    return await _show(request, resources, admin, asked, status_code=error.status_code)
