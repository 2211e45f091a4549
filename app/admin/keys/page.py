"""The page of programs' keys: what it shows and what its form sends."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from app.auth.api_keys import NewKey, list_keys
from app.auth.models import Admin, ApiKey, Scope
from app.auth.schemas import ApiKeyCreate
from app.errors import Invalid
from app.kit.clock import utcnow
from app.kit.zones import zone_of
from app.messages import refusals
from app.messages.translator import N_
from app.resources import Resources

PATH = "/admin/api-keys"

SCOPES: tuple[tuple[str, str, str], ...] = (
    (Scope.read, N_("Read"), N_("Posts, articles, accounts, settings: everything that can be looked at.")),
    (Scope.write, N_("Change"), N_("Decide about posts, change accounts and settings.")),
    (Scope.sources, N_("Sources"), N_("Make, change and remove sources.")),
    (Scope.internal, N_("Ads gateway"), N_("Carry out operations of the Marketing API. They can spend money.")),
)


def _list_of(value: object) -> object:
    """One ticked box comes as one value."""
    return value if isinstance(value, list) else [value]


class KeyInput(BaseModel):
    """The form of a new key. `until` is the last day on which it works."""

    name: Annotated[str, Field(max_length=2000)] = ""
    scopes: Annotated[list[str], BeforeValidator(_list_of), Field(max_length=20)] = []
    until: Annotated[str, Field(max_length=40)] = ""

    def to_create(self, admin: Admin) -> ApiKeyCreate:
        """Give the key as it is wanted. Raises Invalid."""
        if not self.scopes:
            raise Invalid(refusals.CHOOSE_SCOPES)
        try:
            ends_at = _end_of(self.until.strip(), admin.timezone)
            return ApiKeyCreate.model_validate({"name": self.name, "scopes": self.scopes, "expires_at": ends_at})
        except (ValidationError, ValueError, OverflowError):
            raise Invalid(refusals.ODD_FORM) from None


@dataclass(frozen=True, slots=True)
class KeyView:
    """One key."""

    row: ApiKey
    scopes: Sequence[str]
    is_over: bool


@dataclass(frozen=True, slots=True)
class KeysPage:
    """The page; `made` is shown this once."""

    keys: Sequence[KeyView]
    next_cursor: str | None
    scopes: Sequence[tuple[str, str, str]]
    form: KeyInput
    made: NewKey | None
    problem: str


async def read_keys_page(
    resources: Resources,
    *,
    cursor: str = "",
    form: KeyInput | None = None,
    made: NewKey | None = None,
    problem: str = "",
) -> KeysPage:
    """Collect the page."""
    async with resources.read() as session:
        page = await list_keys(session, limit=100, cursor=cursor)
    now, labels = utcnow(), {name: label for name, label, _ in SCOPES}
    return KeysPage(
        keys=[
            KeyView(
                row,
                [labels.get(scope, scope) for scope in row.scopes],
                row.expires_at is not None and row.expires_at <= now,
            )
            for row in page.items
        ],
        next_cursor=page.next_cursor,
        scopes=SCOPES,
        form=form or KeyInput(),
        made=made,
        problem=problem,
    )


def _end_of(day: str, zone: str) -> datetime | None:
    if not day:
        return None
    return datetime.combine(date.fromisoformat(day) + timedelta(days=1), time(), zone_of(zone) if zone else UTC)
