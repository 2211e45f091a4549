"""Every call of TikTok's passes through a budget, or it is said here why TikTok names no limit for it."""

import ast
import inspect
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

import app as package
from app.accounts.jobs import sweep
from app.accounts.models import Account, PendingConnection
from app.accounts.update import query_creator_info
from app.kit.clock import utcnow
from app.limits import budgets
from app.limits.budgets import CREATOR_INFO, EVERYBODY, USER_INFO, Ask, BudgetSpent, slow_down, take
from app.limits.models import CallBudget
from app.tiktok.client import TikTokClient
from tests.accounts.support import CITY, DAILY, load_account, make_account

LIMITS = {
    "query_creator_info": "CREATOR_INFO",
    "fetch_publish_status": "STATUS_FETCH",
    "cancel_publish": "CANCEL",
    "fetch_user_info": "USER_INFO",
    "list_videos": "VIDEO_LIST",
    "query_videos": "VIDEO_QUERY",
}
INITS = {"init_photo_post", "init_video_post"}
"""Counted in the attempts: tests/posts/line/test_pacing.py, and tests/functional/test_pace.py with processes."""
WITHOUT_LIMIT = {"exchange_code", "refresh_token", "revoke_token", "upload_video"}
"""TikTok names none: one per login, one per half life of a token, one per farewell, and a file's own address."""
ELSEWHERE = {
    # A claim takes its questions out of the budget in the transaction in which it takes the posts.
    ("posts/follow/polling.py", "fetch_publish_status"),
    ("posts/send/handover.py", "init_photo_post"),
    ("posts/send/handover.py", "init_video_post"),
    ("posts/send/upload.py", "upload_video"),
    ("accounts/connect/hop.py", "exchange_code"),
    ("accounts/tokens/refresh.py", "refresh_token"),
    ("accounts/tokens/refresh.py", "revoke_token"),
    ("accounts/connect/link.py", "revoke_token"),
}
ROOT = Path(inspect.getfile(package)).parent


def calls_of_the_client() -> set[str]:
    methods = inspect.getmembers(TikTokClient, inspect.iscoroutinefunction)
    return {name for name, _ in methods if not name.startswith("_")}


def uses() -> Iterator[tuple[str, str, str | None]]:
    """Each place where a method of the client is called: file, method, and the limit that is named around it."""
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith(("tiktok/", "tiktok_business/", "emulator/")):
            tree = ast.parse(path.read_text("utf-8"))
            yield from ((name, method, limit) for method, limit in walk(tree, None))


def walk(node: ast.AST, limit: str | None) -> Iterator[tuple[str, str | None]]:
    if isinstance(node, ast.Call):
        named = [word.value.id for word in node.keywords if word.arg == "limit" and isinstance(word.value, ast.Name)]
        limit = named[0] if named else limit
        func = node.func
        if isinstance(func, ast.Attribute) and func.attr in calls_of_the_client() and not is_ours(func.value):
            yield func.attr, limit
    for child in ast.iter_child_nodes(node):
        yield from walk(child, limit)


def is_ours(owner: ast.expr) -> bool:
    return isinstance(owner, ast.Name) and owner.id == "service"


def test_every_kind_of_call_is_known_here():
    assert calls_of_the_client() == set(LIMITS) | INITS | WITHOUT_LIMIT


def test_no_call_leaves_beside_its_budget():
    beside = {(file, method) for file, method, limit in uses() if limit is None}
    assert beside == ELSEWHERE
    limited = [(method, limit) for _, method, limit in uses() if limit is not None]
    assert [(method, LIMITS.get(method)) for method, _ in limited] == limited
    assert set(LIMITS) == {method for method, _ in limited}
    assert all(hasattr(budgets, limit) for limit in LIMITS.values())


async def use_up(app, limit, owner):
    async with app.transaction() as session:
        await take(session, limit, {owner: Ask(limit.burst)})


async def close(app, limit, owner):
    async with app.transaction() as session:
        await slow_down(session, limit, owner, None)


async def open_all(app):
    async with app.transaction() as session:
        long_ago = utcnow() - timedelta(hours=9)
        await session.exec(sa.update(CallBudget).values(free_at=long_ago, closed_until=None, gap_seconds=0.0))


async def forget_names(app, account_id):
    async with app.transaction() as session:
        row = col(Account.id) == account_id
        await session.exec(sa.update(Account).where(row).values(display_name="", username=""))


async def test_a_creator_is_asked_about_no_more_when_the_budget_is_used_up(newsreel, tiktok):
    account = await make_account(newsreel, tiktok)
    await use_up(newsreel, CREATOR_INFO, account.id)
    with pytest.raises(BudgetSpent):
        await query_creator_info(newsreel, account.id)
    assert tiktok.count("creator_info") == 0


async def test_connecting_takes_its_questions_out_of_the_budgets(newsreel, tiktok, browser):
    """Without user.info.profile the name is asked of creator_info."""
    assert await browser.connect(scopes="user.info.basic,video.publish") == {"tiktok_auth": "success"}
    assert (tiktok.count("user_info"), tiktok.count("creator_info")) == (1, 1)
    async with newsreel.read() as session:
        account = (await session.exec(select(Account))).one()
        keys = set((await session.exec(select(CallBudget.key))).all())
    assert account.username == "daily.bulletin"
    assert keys == {USER_INFO.key(EVERYBODY), CREATOR_INFO.key(account.id)}


async def test_connecting_waits_a_moment_for_a_call(newsreel, tiktok, browser):
    await use_up(newsreel, USER_INFO, EVERYBODY)
    assert await browser.connect() == {"tiktok_auth": "success"}
    async with newsreel.read() as session:
        assert (await session.exec(select(Account.display_name))).one() == "Daily Bulletin"


async def test_an_account_is_connected_without_a_name_and_gets_it_later_when_the_budget_is_used_up(
    newsreel, tiktok, browser
):
    await close(newsreel, USER_INFO, EVERYBODY)
    assert await browser.connect() == {"tiktok_auth": "success"}
    async with newsreel.read() as session:
        account = (await session.exec(select(Account))).one()
    assert (account.display_name, tiktok.count("user_info")) == ("", 0)
    await sweep(newsreel)
    assert (await load_account(newsreel, account.id)).display_name == ""
    await open_all(newsreel)
    await sweep(newsreel)
    named = await load_account(newsreel, account.id)
    assert (named.display_name, named.username) == ("Daily Bulletin", "daily.bulletin")
    await sweep(newsreel)
    assert tiktok.count("user_info") == 1


async def test_what_is_known_of_a_name_is_kept_when_the_rest_cannot_be_asked(newsreel, tiktok, browser):
    scopes = "user.info.basic,video.publish"
    await browser.connect(scopes=scopes)
    async with newsreel.read() as session:
        account = (await session.exec(select(Account))).one()
    await forget_names(newsreel, account.id)
    await close(newsreel, CREATOR_INFO, account.id)
    assert await browser.connect(scopes=scopes) == {"tiktok_auth": "success"}
    named = await load_account(newsreel, account.id)
    assert (named.display_name, named.username) == ("Daily Bulletin", "")
    assert tiktok.count("creator_info") == 1


@pytest.mark.parametrize("is_known", [True, False])
async def test_another_account_that_comes_back_is_asked_about_within_its_own_budget(
    newsreel, tiktok, browser, is_known
):
    account = await make_account(newsreel, tiktok)
    other = await make_account(newsreel, tiktok, CITY) if is_known else None
    path = f"/api/tiktok/auth?account_id={account.id}"
    for _ in range(2):
        await browser.connect(CITY, path, scopes="user.info.basic,video.publish")
    async with newsreel.read() as session:
        profiles = (await session.exec(select(PendingConnection.profile))).all()
        keys = (await session.exec(select(CallBudget.key))).all()
    assert [profile["username"] for profile in profiles] == ["city.desk"] * 2
    (key,) = (key for key in keys if key.startswith("creator_info:"))
    assert (key == CREATOR_INFO.key(other.id)) if other else (account.id not in key and DAILY not in key)
    assert len(key) <= 96
