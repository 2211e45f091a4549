"""The operations of the API in their groups, read from the OpenAPI document."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from litestar.openapi.spec import OpenAPI
from markupsafe import Markup

from app.admin.reference.fields import Field, Schemas, as_html
from app.errors import NotFound
from app.messages import refusals
from app.messages.translator import N_

PATH = "/schema"
TITLES: Mapping[str, str] = {
    "auth": N_("Logging in"),
    "articles": N_("Articles"),
    "posts": N_("Posts"),
    "approvals": N_("Approvals"),
    "settings": N_("Captions, hashtags and the TikTok app"),
    "accounts": N_("Accounts"),
    "tiktok": N_("TikTok: consent and webhooks"),
    "business-accounts": N_("Business accounts"),
    "sources": N_("Sources"),
    "webhooks": N_("Deliveries of the CMSes"),
    "media": N_("Media"),
    "verification-files": N_("Verification files"),
    "notifications": N_("Notifications"),
    "team": N_("Team"),
    "keys": N_("API keys"),
    "audit": N_("Audit log"),
    "ads": N_("Ads"),
    "comments": N_("Comments"),
    "internal": N_("The Marketing API provider"),
    "operation": N_("Operation"),
}
"""By tag, in the order of the page."""

# HTML in a docstring stays text.
_LONGEST_SUMMARY = 140
_METHODS = ("get", "head", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent, or what comes back, in one form."""

    status: str
    media_type: str
    kind: str
    fields: Sequence[Field]
    description: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One call."""

    anchor: str
    method: str
    path: str
    summary: str
    description: Markup
    parameters: Sequence[tuple[str, Field]]
    bodies: Sequence[Body]
    answers: Sequence[Body]


@dataclass(frozen=True, slots=True)
class Group:
    """The calls of one tag."""

    slug: str
    title: str
    operations: Sequence[Operation]

    @property
    def href(self) -> str:
        return f"{PATH}/groups/{self.slug}"


@dataclass(frozen=True, slots=True)
class Reference:
    """The whole API."""

    version: str
    groups: Sequence[Group]

    def get(self, slug: str) -> Group:
        """Give a group. Raises NotFound."""
        for group in self.groups:
            if group.slug == slug:
                return group
        raise NotFound(refusals.NOTHING_THERE)


def read_reference(document: OpenAPI) -> Reference:
    """Lay the document out for the pages."""
    schema = document.to_schema()
    schemas = Schemas(schema.get("components", {}).get("schemas", {}))
    grouped: dict[str, list[Operation]] = {slug: [] for slug in TITLES}
    for path, calls in sorted(schema["paths"].items()):
        for method, call in sorted(calls.items(), key=lambda named: _METHODS.index(named[0])):
            if method == "head" and "get" in calls:
                continue
            slug = call["tags"][0].lower().replace(" ", "-")
            grouped.setdefault(slug, []).append(_read_operation(method, path, call, schemas))
    groups = [Group(slug, TITLES.get(slug, slug), operations) for slug, operations in grouped.items() if operations]
    return Reference(schema["info"]["version"], groups)


def _read_operation(method: str, path: str, call: Mapping[str, Any], schemas: Schemas) -> Operation:
    description = " ".join(call["description"].split("\n\n")[0].split())
    parameters = [
        (
            one["in"],
            schemas.read_field(
                one["name"],
                one["schema"],
                is_required=one.get("required", False),
                description=one.get("description", ""),
            ),
        )
        for one in call.get("parameters", ())
    ]
    return Operation(
        anchor=f"{method}-{path.strip('/').replace('/', '-').translate(str.maketrans('', '', '{}')) or 'root'}",
        method=method.upper(),
        path=path,
        summary=_shorten(description),
        description=as_html(call["description"] + "\n"),
        parameters=parameters,
        bodies=list(_read_bodies("", call.get("requestBody", {}), schemas)),
        answers=[
            body for status, answer in call["responses"].items() for body in _read_bodies(status, answer, schemas)
        ],
    )


def _shorten(description: str) -> str:
    plain = description.replace("`", "")
    return plain if len(plain) <= _LONGEST_SUMMARY else f"{plain.partition('. ')[0].rstrip('.')}."


def _read_bodies(status: str, told: Mapping[str, Any], schemas: Schemas) -> Iterator[Body]:
    described = told.get("description", "")
    if status and not told.get("content"):
        yield Body(status, "", "", [], described)
    for media_type, form in told.get("content", {}).items():
        schema = form.get("schema", {})
        yield Body(status, media_type, schemas.name_kind(schema), schemas.list_fields(schema), described)
