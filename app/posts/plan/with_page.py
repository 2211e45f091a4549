"""Judging an article once more when its own page has told of it: the rules may let it in, or keep it out, by that."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app.articles.intake.arrivals import ArticleChange
from app.articles.models import Delivery
from app.articles.rule_verdicts import leave_out
from app.articles.rules import LeftOutBy, SourceRules, read_left_out
from app.kit.clock import utcnow
from app.posts.models import NOT_YET_GIVEN

_PAGE_DECIDES_FOR = timedelta(minutes=30)
"""So long after an article came. What its page says later is an edit, which makes no post of what was left out."""

_Row = Any


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say with the page's word: `let_in` have no post and get one, of `kept_out` the post ends."""

    left_out: Sequence[LeftOutBy]
    let_in: Sequence[_Row]
    kept_out: Sequence[tuple[_Row, LeftOutBy]]


def is_judged_anew(change: ArticleChange) -> bool:
    """Tell whether the page's word came in time to decide, and there are rules that it may decide by."""
    is_told = change.with_page and change.rules is not None and change.delivery is Delivery.updated
    return is_told and utcnow() - change.article.received_at <= _PAGE_DECIDES_FOR


def judge_anew(change: ArticleChange, rules: SourceRules, posts: Sequence[_Row], accounts: Sequence[_Row]) -> Verdict:
    """Judge for the accounts that the rules left out before, and for the posts that the rules let in."""
    before = {one.account_id for one in read_left_out(change.article.left_out)}
    taken = {post.account_id for post in posts}
    waiting = [one for one in accounts if one.id not in taken and not before.isdisjoint({"", one.id})]
    revocable = [post for post in posts if _is_revocable(post)]
    asked = [*(one.id for one in waiting), *(post.account_id for post in revocable)]
    by_account = {one.account_id: one for one in leave_out(rules, change.article, asked, utcnow(), with_page=True)}
    for_all = by_account.get("")
    kept_out = [(post, why) for post in revocable if (why := for_all or by_account.get(post.account_id)) is not None]
    let_in = [] if for_all else [one for one in waiting if one.id not in by_account]
    return Verdict(list(by_account.values()), let_in, kept_out)


def _is_revocable(post: _Row) -> bool:
    """Tell whether TikTok has nothing of a post, and no person has had a hand in it."""
    return post.state in NOT_YET_GIVEN and not (post.is_sending or post.is_forced or post.is_edited or post.is_approved)
