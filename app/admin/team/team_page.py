"""What the team's page shows: who may come in, in which role, and a new invitation's link."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.admin.team.forms import PersonInput
from app.auth.models import Admin, Role
from app.auth.people import Invitation, list_people
from app.messages.translator import LANGUAGES, N_
from app.resources import Resources

PATH = "/admin/team"

ROLES: tuple[tuple[str, str, str], ...] = (
    (Role.editor, N_("Editor"), N_("Sees posts, writes them, and decides about them.")),
    (
        Role.admin,
        N_("Admin"),
        N_("Does all of that, and sees to accounts, sources, settings, the team and keys."),
    ),
)


@dataclass(frozen=True, slots=True)
class PersonView:
    """One person, with the form as it stands: what is stored, or what was typed and refused."""

    id: str
    email: str
    name: str
    role: str
    has_joined: bool
    has_second_factor: bool
    created_at: datetime
    is_you: bool
    values: PersonInput


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in which form: a person's id, or `new`."""

    place: str
    text: str


@dataclass(frozen=True, slots=True)
class TeamAsked:
    """What else the page is to show: a new link, or a refusal with what was typed."""

    invitation: Invitation | None = None
    problem: Problem | None = None
    typed: PersonInput | None = None
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class TeamPage:
    people: Sequence[PersonView]
    next_cursor: str | None
    roles: Sequence[tuple[str, str, str]]
    languages: Sequence[tuple[str, str]]
    new: PersonInput
    invitation: Invitation | None
    problem: Problem | None


async def read_team_page(resources: Resources, you: Admin, asked: TeamAsked) -> TeamPage:
    """Collect the page."""
    async with resources.read() as session:
        page = await list_people(session, limit=100, cursor=asked.cursor)
    place = asked.problem.place if asked.problem else ""
    typed = asked.typed if place == "new" else None
    return TeamPage(
        people=[_view(person, you, asked.typed if person.id == place else None) for person in page.items],
        next_cursor=page.next_cursor,
        roles=ROLES,
        languages=list(LANGUAGES.items()),
        new=typed or PersonInput(),
        invitation=asked.invitation,
        problem=asked.problem,
    )


def _view(person: Admin, you: Admin, typed: PersonInput | None) -> PersonView:
    stored = PersonInput(
        email=person.email, name=person.name, role=person.role, language=person.language, timezone=person.timezone
    )
    return PersonView(
        id=person.id,
        email=person.email,
        name=person.name,
        role=person.role,
        has_joined=person.has_joined,
        has_second_factor=person.has_second_factor,
        created_at=person.created_at,
        is_you=person.id == you.id,
        values=typed or stored,
    )
