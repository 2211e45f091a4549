"""The page of a source's rules: which articles go out, to whom, and what that means for those that came last."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.accounts.models import Account
from app.admin.rules.form import RulesForm, TermFields
from app.admin.wording.errors import explain
from app.articles.feed_limits import MAX_AGE_HOURS, MOST_MAX_AGE_HOURS
from app.articles.models import Source
from app.articles.rules import MOST_DELAY_MINUTES, MOST_WAIT_HOURS, read_rules
from app.articles.sources import get_source
from app.errors import AppError
from app.messages import rules as said
from app.messages.translator import N_, Translator
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
    wrong: str = ""
    labels: Mapping[str, tuple[str, str]] = field(default_factory=lambda: FIELD_LABELS)
    usual_age: int = MAX_AGE_HOURS

    @property
    def goes_out(self) -> int:
        """How many of those that were tried go out."""
        return sum(one.goes_out for one in self.tried or ())


_FAULTS: Mapping[str, tuple[str, str, int, int]] = {
    said.MAX_AGE_HOURS.code: ("max_age_hours", N_("Oldest age in hours"), 1, MOST_MAX_AGE_HOURS),
    said.MAX_WAIT_HOURS.code: ("max_wait_hours", N_("Longest wait in hours"), 1, MOST_WAIT_HOURS),
    said.DELAY_MINUTES.code: ("delay_minutes", N_("Delay in minutes"), 0, MOST_DELAY_MINUTES),
}
"""What is said to programs by the names that they send: the field, what it is called here, and what it may be."""


def explain_fault(i18n: Translator, error: AppError) -> tuple[str, str]:
    """Say what is wrong with the rules as typed, and name the field; "" where it is none of these."""
    if error.message.code not in _FAULTS:
        return explain(i18n, error), ""
    field_name, label, least, most = _FAULTS[error.message.code]
    needed = N_("a whole number from %(least)s to %(most)s is needed.")
    return f"{i18n.gettext(label)}: {i18n.gettext(needed) % {'least': least, 'most': most}}", field_name


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
