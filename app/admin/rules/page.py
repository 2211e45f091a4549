"""The page of a source's rules: which articles go out, to whom, and what that means for those that came last."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.accounts.models import Account
from app.admin.rules.form import RulesForm, TermFields
from app.articles.feed_limits import MAX_AGE_HOURS, MOST_MAX_AGE_HOURS
from app.articles.models import Source
from app.articles.rules import MOST_DELAY_MINUTES, read_rules
from app.articles.sources import get_source
from app.messages.translator import N_
from app.posts.plan.dry_run import Tried, list_takers, try_rules
from app.resources import Resources

FIELD_LABELS: Mapping[str, tuple[str, str]] = {
    "tags": (N_("Tags"), "спорт, спорт жаңалықтары"),
    "categories": (N_("Categories"), "Қоғам, Спорт"),
    "authors": (N_("Authors"), "Айгүл Сәрсенова"),
    "languages": (N_("Languages"), "kk, ru"),
    "words": (N_("Words in the title"), "сайлау, выбор*"),
}


@dataclass(frozen=True, slots=True)
class AccountFields:
    """One account's part of the form."""

    id: str
    name: str
    values: TermFields


@dataclass(frozen=True, slots=True)
class RulesPage:
    """Everything on the page. `tried` None: nothing was tried."""

    source: Source
    form: RulesForm
    accounts: Sequence[AccountFields]
    tried: Sequence[Tried] | None = None
    problem: str = ""
    labels: Mapping[str, tuple[str, str]] = field(default_factory=lambda: FIELD_LABELS)
    usual_age: int = MAX_AGE_HOURS
    most_age: int = MOST_MAX_AGE_HOURS
    most_delay: int = MOST_DELAY_MINUTES

    @property
    def goes_out(self) -> int:
        """How many of those that were tried go out."""
        return sum(one.goes_out for one in self.tried or ())


def path_of(source_id: str) -> str:
    """Where the page is."""
    return f"/admin/sources/{source_id}/rules"


async def read_rules_page(
    resources: Resources, source_id: str, typed: Mapping[str, str] | None = None, *, is_tried: bool = False
) -> RulesPage:
    """Collect the page; with `typed` its form keeps what was typed. Raises NotFound or Invalid."""
    async with resources.read() as session:
        source = await get_source(session, source_id)
        accounts = await list_takers(session)
        stored = read_rules(source.rules)
        form = RulesForm.of(stored) if typed is None else read_typed(typed, accounts)
        rules = form.to_rules(stored.accounts) if is_tried else stored
        tried = await try_rules(session, source_id, rules) if is_tried else None
    shown = [AccountFields(one.id, one.display_name or one.username, form.of_account(one.id)) for one in accounts]
    return RulesPage(source, form, shown, tried)


def read_typed(typed: Mapping[str, str], accounts: Sequence[Account]) -> RulesForm:
    """Read what was typed of the source, and of the accounts that the form shows."""
    return RulesForm.read(typed, [one.id for one in accounts])
