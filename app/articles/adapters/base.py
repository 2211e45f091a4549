"""What every CMS adapter speaks: options, verification, the canonical article."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any, Protocol

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.errors import Unauthorized
from app.kit.languages import normalise_language
from app.kit.zones import known_zone, zone_of
from app.messages import refusals

TOLERANCE_SECONDS = 300
METHOD, PATH = ":method", ":path"
"""The request line among the headers: no header of a sender's can have such a name."""
NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class SignatureRefused(Unauthorized):
    """One answer for an unknown source, a missing header and a wrong signature: nothing can be learnt from it."""

    code = "signature_refused"
    title = refusals.SIGNATURE_WRONG


class ClockSkew(SignatureRefused):
    """The signature is right, but its time is too far from ours. Only who holds the secret can see this answer."""

    code = "clock_skew"
    title = refusals.CLOCK_SKEW

    def __init__(self, seconds: float) -> None:
        signed = refusals.signed_ahead if seconds > 0 else refusals.signed_behind
        super().__init__(signed(round(abs(seconds)), TOLERANCE_SECONDS))
        self.seconds = seconds


def _has_letters(value: str) -> str:
    if value and not value.strip().lstrip("#").strip():
        raise ValueError("must name a tag")
    return value.strip()


class SourceOptions(BaseModel):
    """What a newsroom sets per source. With `opt_in_tag`, only articles that carry this tag are posted.

    `timezone` is that of times which the CMS writes without one; empty: the installation's.
    """

    model_config = ConfigDict(extra="forbid")

    language: Annotated[str, AfterValidator(normalise_language)] = Field(default="", max_length=60)
    category: str = Field(default="", max_length=200)
    opt_in_tag: Annotated[str, AfterValidator(_has_letters)] = Field(default="", max_length=100)
    timezone: Annotated[str, AfterValidator(known_zone)] = Field(default="", max_length=64)

    @property
    def zone(self) -> tzinfo:
        """The zone of times that are written without one."""
        return zone_of(self.timezone or "UTC")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a CMS: an address, and the headers that go with it."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fetch:
    """How an article is asked for of which a delivery said no more than that something happened to it.

    `ask` gets what the delivery named, the options and the read token, and raises Invalid where an option is missing.
    `read` gets the answer, or None for an article that is not there; it gives None where asking later may help.
    `needs_token`: without a read token nothing is told. `is_proof`: its webhooks are not signed, and whoever has seen
    the secret once can send any: what the CMS says that it does not have is not taken from a delivery either.
    """

    ask: "Callable[[Mapping[str, str], SourceOptions, str], Question]"
    read: "Callable[[bytes | None, str, Mapping[str, str], SourceOptions], ParsedDelivery | IgnoredDelivery | None]"
    needs_token: bool = False
    is_proof: bool = False


@dataclass(frozen=True, slots=True)
class Traits:
    """What is told of a CMS, and how it is answered. `recipe`: how it is set up there, one step a line.

    `answer_status`: what it takes for a success. `takes_forms`: some of its senders post HTML forms in place of JSON.
    `plugin`: the path at which a plugin for it can be downloaded here.
    """

    label: str
    summary: str
    recipe: Sequence[str]
    answer_status: int = 202
    takes_forms: bool = False
    fetch: Fetch | None = None
    plugin: str = ""


class EventKind(StrEnum):
    published = "published"
    updated = "updated"
    unpublished = "unpublished"


@dataclass(frozen=True, slots=True)
class Verified:
    """A delivery whose sender is known. `delivery_id` is the same for every attempt, where the CMS gives one.

    `is_signed`: else it only names the secret, and whoever has seen one such delivery can send any other.
    """

    delivery_id: str | None
    at: datetime
    is_signed: bool = True


@dataclass(frozen=True, slots=True)
class ArticleDraft:
    """The canonical article: plain text, absolute addresses. Field names are those of the Article table."""

    url: str = ""
    title: str = ""
    excerpt: str = ""
    text: str = ""
    language: str = ""
    category: str = ""
    tags: list[str] = field(default_factory=list)
    authors: list[str] = field(default_factory=list)
    breaking: bool = False
    is_paywalled: bool = False
    is_wanted: bool = True
    is_declined: bool = False
    caption: str = ""
    images: list[dict[str, Any]] = field(default_factory=list)
    video_url: str | None = None
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ParsedDelivery:
    """What a delivery says of an article. `revision` is the CMS's clock; None: only the signature's time is known.

    `only_if_known`: says no more than that the article is not published, and of drafts nothing is kept. `only_fills`:
    it is somebody else's word, and counts where the CMS has said nothing. `unresolved`: what it takes to ask the CMS
    for what is only referred to here, such as pictures by their ids. `is_reread`: a person had it read once more, by
    settings that may read it otherwise.
    """

    kind: EventKind
    type: str
    external_id: str
    draft: ArticleDraft
    revision: datetime | None = None
    only_if_known: bool = False
    only_fills: bool = False
    unresolved: "Lookup | None" = None
    is_reread: bool = False


@dataclass(frozen=True, slots=True)
class IgnoredDelivery:
    """A delivery that is right and of no use here."""

    type: str
    reason: str


@dataclass(frozen=True, slots=True)
class Lookup:
    """An article that the CMS is to be asked for, and what it takes to ask."""

    external_id: str
    named: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ThinDelivery:
    """A delivery that names articles and says no more of them."""

    type: str
    lookups: Sequence[Lookup]
    revision: datetime | None = None


class Adapter(Protocol):
    """One CMS. A module of this package is one."""

    NAME: str
    OPTIONS: type[SourceOptions]
    MAX_BODY_BYTES: int
    TRAITS: Traits

    def make_secret(self) -> str:
        """Make a secret in the form that this CMS wants."""

    def is_signed(self, headers: Mapping[str, str], /) -> bool:
        """Tell whether the headers could be those of a signed delivery, before anybody reads its body."""

    def verify(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime, options: SourceOptions, /
    ) -> Verified:
        """Check who sent these bytes. Raises SignatureRefused, and nothing else.

        Header names are lower case; what was asked for stands under `METHOD` and `PATH`, the query included.
        """

    def parse(
        self, body: bytes, options: SourceOptions, headers: Mapping[str, str], /
    ) -> ParsedDelivery | IgnoredDelivery | ThinDelivery:
        """Read the canonical article. Raises BadRequest or Invalid, and nothing else."""


def check_freshness(signed_at: float, now: datetime, *, tolerance: float = TOLERANCE_SECONDS) -> None:
    """Refuse a time outside the tolerance. To be called after the signature is found right."""
    seconds = signed_at - now.timestamp()
    if abs(seconds) > tolerance:
        raise ClockSkew(seconds)
