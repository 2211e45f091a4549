"""What is said of a source's rules: why an article is left out by one, and what is wrong with one."""

from collections.abc import Callable, Mapping

from app.messages.message import Message, plain, sentence

MAX_AGE_HOURS = plain("max_age_hours_range", "rules.max_age_hours: must be from 1 to 8760")
DELAY_MINUTES = plain("rule_delay_range", "rules.delay_minutes: must be from 0 to 10080")
MAX_WAIT_HOURS = plain("max_wait_hours_range", "rules.max_wait_hours: must be from 1 to 720")
RULE_TERM = plain("rule_term", "rules: a rule must name something")
RULE_ACCOUNT = plain("rule_account", "By the source's rules this account gets none of its articles.")


@sentence("rules: %(name)s is no language; languages are written like kk, ru or en-GB")
def rule_language(name: str) -> None: ...


@sentence("It was already old when it came: the source's rules let out nothing older than %(hours)s h.")
def rule_age(hours: int) -> None: ...


@sentence("A rule leaves out articles with the tag “%(term)s”.")
def rule_has_tag(term: str) -> None: ...


@sentence("A rule leaves out articles of the category “%(term)s”.")
def rule_has_category(term: str) -> None: ...


@sentence("A rule leaves out articles by “%(term)s”.")
def rule_has_author(term: str) -> None: ...


@sentence("A rule leaves out articles in the language %(term)s.")
def rule_has_language(term: str) -> None: ...


@sentence("A rule leaves out articles with “%(term)s” in their title.")
def rule_has_word(term: str) -> None: ...


@sentence("A rule wants one of these tags: %(terms)s.")
def rule_wants_tag(terms: str) -> None: ...


@sentence("A rule wants one of these categories: %(terms)s.")
def rule_wants_category(terms: str) -> None: ...


@sentence("A rule wants an article by one of these authors: %(terms)s.")
def rule_wants_author(terms: str) -> None: ...


@sentence("A rule wants one of these languages: %(terms)s.")
def rule_wants_language(terms: str) -> None: ...


@sentence("A rule wants one of these words in the title: %(terms)s.")
def rule_wants_word(terms: str) -> None: ...


HAS: Mapping[str, Callable[..., Message]] = {
    "tags": rule_has_tag,
    "categories": rule_has_category,
    "authors": rule_has_author,
    "languages": rule_has_language,
    "words": rule_has_word,
}
HAS_NONE: Mapping[str, Callable[..., Message]] = {
    "tags": rule_wants_tag,
    "categories": rule_wants_category,
    "authors": rule_wants_author,
    "languages": rule_wants_language,
    "words": rule_wants_word,
}
