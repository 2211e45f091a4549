"""A source's rules: which of its articles go out, to which accounts, and how long after they came."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from app.articles.adapters.fields import tag_key
from app.articles.feed_limits import MAX_AGE_HOURS, MOST_MAX_AGE_HOURS
from app.errors import Invalid
from app.kit.languages import normalise_language
from app.kit.text import clean
from app.messages import rules as said
from app.messages.message import Message, keep_whole, read_whole

MOST_DELAY_MINUTES = 7 * 24 * 60
MOST_WAIT_HOURS = 30 * 24
MOST_TERMS = 100
_LONGEST_TERM = 100

_MOST_ACCOUNTS = 200


def _terms(value: object) -> object:
    """Read a list of terms: clean, each once, in their order."""
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        return value
    named = {tag_key(term): term for one in reversed(value) if (term := clean(one))}
    return list(reversed(named.values()))


Terms = Annotated[
    list[Annotated[str, Field(max_length=_LONGEST_TERM)]], BeforeValidator(_terms), Field(max_length=MOST_TERMS)
]


class ArticleTerms(BaseModel):
    """What articles have in common. Letters' case and a tag's `#` make no difference.

    `words` stand in the title, each as a whole word; one that ends with `*` is the beginning of a word. `languages`:
    `kk` is Kazakh in any script, `kk-Latn` in Latin letters alone; where an article names none, its words tell.
    """

    model_config = ConfigDict(extra="forbid")

    tags: Terms = []
    categories: Terms = []
    authors: Terms = []
    languages: Terms = []
    words: Terms = []

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is named."""
        return not any(getattr(self, name) for name in FIELDS)


FIELDS = ("tags", "categories", "authors", "languages", "words")
LOOK_AT = {"tags": "tags", "categories": "category", "authors": "authors", "languages": "language", "words": "title"}
"""Which column of an article each of them is about."""


class AccountRules(BaseModel):
    """What holds for one account besides; `takes` false: it gets nothing of this source.

    `delay_minutes` in place of the source's; None: as the source says.
    """

    model_config = ConfigDict(extra="forbid")

    takes: bool = True
    include: ArticleTerms = Field(default_factory=ArticleTerms)
    exclude: ArticleTerms = Field(default_factory=ArticleTerms)
    delay_minutes: Annotated[int | None, Field(json_schema_extra={"minimum": 0, "maximum": MOST_DELAY_MINUTES})] = None


class SourceRules(BaseModel):
    """Which articles of a source are posted.

    `include`: of each list that names something an article must have one, of `exclude` none. `max_age_hours`:
    an article that was published longer ago when it comes is not posted as news; for a feed 24 where nothing is said,
    for a webhook without limit then. `delay_minutes`: how long after it came a post goes out at the earliest.
    `max_wait_hours`: news that TikTok's limits would keep back for longer after its time waits for a person instead;
    None: it waits as long as it takes. `accounts`: what holds for an account besides, by its id.
    """

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    max_age_hours: Annotated[int, Field(json_schema_extra={"minimum": 1, "maximum": MOST_MAX_AGE_HOURS})] = (
        MAX_AGE_HOURS
    )
    delay_minutes: Annotated[int, Field(json_schema_extra={"minimum": 0, "maximum": MOST_DELAY_MINUTES})] = 0
    max_wait_hours: Annotated[int | None, Field(json_schema_extra={"minimum": 1, "maximum": MOST_WAIT_HOURS})] = None
    include: ArticleTerms = Field(default_factory=ArticleTerms)
    exclude: ArticleTerms = Field(default_factory=ArticleTerms)
    accounts: dict[str, AccountRules] = Field(default_factory=dict, max_length=_MOST_ACCOUNTS)

    def delay_of(self, account_id: str) -> timedelta:
        """How long posts for this account wait."""
        own = self.accounts.get(account_id)
        minutes = self.delay_minutes if own is None or own.delay_minutes is None else own.delay_minutes
        return timedelta(minutes=minutes)

    @property
    def is_age_set(self) -> bool:
        """Tell whether the newsroom itself has said how old an article may be."""
        return "max_age_hours" in self.model_fields_set


@dataclass(frozen=True, slots=True)
class LeftOutBy:
    """Why an article is not posted; `account_id` is "" where it is not posted for any account.

    `with_page`: the article's own page was heard, and not the CMS alone; also where it had nothing to add.
    """

    account_id: str
    why: Message
    with_page: bool = False


def write_left_out(left_out: Iterable[LeftOutBy]) -> list[dict[str, Any]]:
    """Write down why an article is left out, for its row."""
    return [
        {"account_id": one.account_id, **({"with_page": True} if one.with_page else {}), **keep_whole(one.why)}
        for one in left_out
    ]


def read_left_out(stored: Iterable[Mapping[str, Any]] | None) -> list[LeftOutBy]:
    """Read it again."""
    return [LeftOutBy(one["account_id"], read_whole(one), bool(one.get("with_page"))) for one in stored or ()]


def read_rules(stored: Mapping[str, Any]) -> SourceRules:
    """Read rules as they are stored; what a newer version has added is left alone."""
    known = {name: value for name, value in stored.items() if name in SourceRules.model_fields}
    return SourceRules.model_validate(known)


def check_rules(rules: SourceRules) -> None:
    """Refuse rules that cannot be meant. Raises Invalid."""
    if not 1 <= rules.max_age_hours <= MOST_MAX_AGE_HOURS:
        raise Invalid(said.MAX_AGE_HOURS)
    delays = [rules.delay_minutes, *(own.delay_minutes or 0 for own in rules.accounts.values())]
    if not all(0 <= delay <= MOST_DELAY_MINUTES for delay in delays):
        raise Invalid(said.DELAY_MINUTES)
    if rules.max_wait_hours is not None and not 1 <= rules.max_wait_hours <= MOST_WAIT_HOURS:
        raise Invalid(said.MAX_WAIT_HOURS)
    for terms in _all_terms(rules):
        for language in terms.languages:
            if not normalise_language(language):
                raise Invalid(said.rule_language(name=language))
        if any(not term.strip("*# ") for name in FIELDS for term in getattr(terms, name)):
            raise Invalid(said.RULE_TERM)


def asked_by(rules: SourceRules) -> list[str]:
    """Name the columns of an article that these rules look at."""
    terms = list(_all_terms(rules))
    columns = [column for name, column in LOOK_AT.items() if any(getattr(one, name) for one in terms)]
    return [*columns, "published_at"] if rules.is_age_set else columns


def _all_terms(rules: SourceRules) -> Iterator[ArticleTerms]:
    yield from (rules.include, rules.exclude)
    for own in rules.accounts.values():
        yield from (own.include, own.exclude)
