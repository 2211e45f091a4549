import re
from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from litestar import Litestar
from sqlmodel import select

from app.accounts.connect.disconnect import REMOVED
from app.accounts.models import Account, AccountState, AccountTokens, PendingConnection
from app.kit.clock import utcnow
from app.resources import Resources
from tests.accounts.support import CITY, QUIET, Browser, TikTok, at_tiktok, make_account, run_tiktok
from tests.admin.support import SETTINGS, Editor, make_editor, make_login, open_editor, text_of

Desk = tuple[Editor, Account, Resources, TikTok]


@pytest.fixture
async def desk(pages: Litestar, sqlite_resources: Resources) -> AsyncIterator[Desk]:
    """An editor before a connected account of an emulated TikTok."""
    async with run_tiktok() as tiktok:
        resources = at_tiktok(sqlite_resources, tiktok)
        account = await make_account(resources, tiktok)
        await make_editor(resources)
        async with open_editor(pages, resources) as editor:
            await make_login(editor, resources)
            yield editor, account, resources, tiktok


async def test_account_is_shown_with_its_permission(desk: Desk) -> None:
    editor, account, _, tiktok = desk
    page = await editor.open(SETTINGS)
    assert "Connected" in text_of(page)
    assert 'href="/api/tiktok/auth"' in page
    assert f'href="/api/tiktok/auth?account_id={account.id}"' in page
    assert "Choose who can see this account's posts" in text_of(page)
    assert "until then nothing goes out" in text_of(page)
    assert tiktok.count("creator_info") == 0
    short = await editor.client.get("/admin/accounts", follow_redirects=False)
    assert (short.status_code, short.headers["location"]) == (303, f"{SETTINGS}#accounts")


@pytest.mark.parametrize(("days", "warns"), [(13, True), (15, False)])
async def test_permission_that_ends_soon_is_warned_of(desk: Desk, days: int, warns: bool) -> None:
    editor, account, resources, _ = desk
    async with resources.transaction() as session:
        (await session.get_one(AccountTokens, account.id)).refresh_expires_at = utcnow() + timedelta(days=days)
    assert ("TikTok's permission ends soon" in text_of(await editor.open(SETTINGS))) is warns


async def test_permission_that_is_not_accepted_has_no_dates(desk: Desk) -> None:
    editor, account, resources, _ = desk
    assert "Access renewed by itself until" in text_of(await editor.open(SETTINGS))
    async with resources.transaction() as session:
        (await session.get_one(Account, account.id)).state = AccountState.reconnect
    assert "Access renewed by itself until" not in text_of(await editor.open(SETTINGS))


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("4", "TikTok has banned the account. Appeal in the TikTok app; then connect it again."),
        ("1", "The creator disconnected this app in TikTok. Connect the account again."),
        ("99", "TikTok has ended the permission for this account."),
    ],
)
async def test_permission_that_was_removed_says_why_and_what_helps(desk: Desk, reason: str, said: str) -> None:
    editor, account, resources, _ = desk
    async with resources.transaction() as session:
        ended = await session.get_one(Account, account.id)
        ended.state, ended.state_reason = AccountState.disconnected, f"{REMOVED}{reason}"
    assert said in text_of(await editor.open(SETTINGS))


async def test_audiences_are_those_that_tiktok_offers_and_none_is_chosen(desk: Desk) -> None:
    editor, account, _, _ = desk
    part = await editor.open(f"{SETTINGS}/accounts/{account.id}/creator")
    assert re.findall(r'<option value="(\w*)"', part) == [
        "", "PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY",
    ]  # fmt: skip
    assert "selected" not in part
    assert "This account is public in TikTok" in text_of(part)
    assert "<select" in await editor.open(f"{SETTINGS}?creator={account.id}")


async def test_private_account_is_told_from_a_public_one(desk: Desk) -> None:
    editor, _, resources, tiktok = desk
    quiet = await make_account(resources, tiktok, QUIET)
    part = await editor.open(f"{SETTINGS}/accounts/{quiet.id}/creator")
    assert "This account is private in TikTok" in text_of(part)
    assert "FOLLOWER_OF_CREATOR" in part


async def test_silence_of_tiktok_leaves_the_other_settings_usable(desk: Desk) -> None:
    editor, account, resources, tiktok = desk
    tiktok.fail(endpoint="creator_info", code="internal_error", times=5)
    part = await editor.open(f"{SETTINGS}/accounts/{account.id}/creator")
    assert "TikTok does not say what this account may do" in text_of(part)
    assert "<select" not in part
    answer = await _save(desk, mode="direct", enabled="true", daily_cap="7")
    assert answer.status_code == 303
    assert (await _load(resources, account.id)).settings.daily_cap == 7


async def test_settings_are_stored_as_ticked(desk: Desk) -> None:
    editor, account, resources, _ = desk
    answer = await _save(
        desk, enabled="true", mode="approve", privacy_level="SELF_ONLY", allow_comment="true", auto_add_music="true",
        is_aigc="true", language="kk", daily_cap="5", title_limit="60", description_limit="",
    )  # fmt: skip
    assert answer.headers["location"] == f"{SETTINGS}?notice=saved#account-{account.id}"
    stored = (await _load(resources, account.id)).settings
    assert (stored.mode, stored.privacy_level, stored.language, stored.daily_cap) == ("approve", "SELF_ONLY", "kk", 5)
    assert (stored.disable_comment, stored.disable_duet, stored.disable_stitch) == (False, True, True)
    assert (stored.is_aigc, stored.with_link, stored.brand_content_toggle) == (True, False, False)
    assert (stored.title_limit, stored.description_limit) == (60, None)
    page = await editor.open(f"{SETTINGS}?creator={account.id}")
    assert 'value="SELF_ONLY" selected' in page


async def test_form_without_the_list_of_audiences_leaves_the_choice_alone(desk: Desk) -> None:
    _, account, resources, _ = desk
    await _save(desk, enabled="true", mode="direct", privacy_level="SELF_ONLY")
    await _save(desk, enabled="true", mode="direct", daily_cap="9")
    assert (await _load(resources, account.id)).settings.privacy_level == "SELF_ONLY"
    await _save(desk, enabled="true", mode="direct", privacy_level="")
    assert (await _load(resources, account.id)).settings.privacy_level is None


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (
            {"mode": "direct", "privacy_level": "FOLLOWER_OF_CREATOR"},
            "TikTok does not offer “Followers” for",
        ),
        ({"mode": "direct", "daily_cap": "many"}, "limits are whole numbers"),
        ({"mode": "sideways"}, "Something in the form cannot be used"),
        ({"mode": "direct", "title_limit": "500"}, "Title is at most 90."),
        (
            {"mode": "direct", "privacy_level": "SELF_ONLY", "brand_content_toggle": "true"},
            "Branded content visibility cannot be set to private",
        ),
    ],
)
async def test_settings_that_tiktok_would_refuse_are_refused(desk: Desk, form: dict[str, str], said: str) -> None:
    _, account, resources, _ = desk
    answer = await _save(desk, **form)
    assert answer.status_code == 422
    assert said in text_of(answer.text)
    assert (await _load(resources, account.id)).updated_at == account.updated_at


async def test_disconnecting_revokes_and_forgets(desk: Desk) -> None:
    editor, account, resources, tiktok = desk
    answer = await editor.submit(f"{SETTINGS}/accounts/{account.id}/disconnect")
    assert answer.headers["location"] == f"{SETTINGS}?notice=disconnected#accounts"
    assert tiktok.count("revoke") == 1
    stored = await _load(resources, account.id)
    assert stored.state is AccountState.disconnected
    assert f"{account.id}/disconnect" not in await editor.open(SETTINGS)


async def test_disconnecting_says_so_when_tiktok_could_not_be_told(desk: Desk) -> None:
    editor, account, _, tiktok = desk
    tiktok.fail(endpoint="revoke", cut=True, times=10)
    answer = await editor.submit(f"{SETTINGS}/accounts/{account.id}/disconnect")
    assert "TikTok could not be told" in text_of(await editor.open(answer.headers["location"]))


async def test_other_account_that_came_back_waits_for_a_decision(desk: Desk) -> None:
    editor, account, resources, _ = desk
    query = await _come_back_as_another(editor, account)
    page = text_of(await editor.open(f"{SETTINGS}?{urlencode(query)}"))
    assert f"TikTok sent back City Desk , but {account.open_id} was to be reconnected." in page
    pending = query["pending"]
    answer = await editor.submit(f"{SETTINGS}/pending/{pending}/accept")
    assert answer.headers["location"] == f"{SETTINGS}?notice=accepted#accounts"
    async with resources.read() as session:
        assert {row.open_id for row in (await session.exec(select(Account))).all()} == {account.open_id, CITY}
    again = await editor.submit(f"{SETTINGS}/pending/{pending}/accept")
    assert again.status_code == 404
    assert "This connection was decided already" in text_of(again.text)


async def test_other_account_that_came_back_is_discarded(desk: Desk) -> None:
    editor, account, resources, _ = desk
    query = await _come_back_as_another(editor, account)
    answer = await editor.submit(f"{SETTINGS}/pending/{query['pending']}/discard")
    assert answer.headers["location"] == f"{SETTINGS}?notice=discarded#accounts"
    async with resources.read() as session:
        assert (await session.exec(select(PendingConnection))).all() == []
        assert len((await session.exec(select(Account))).all()) == 1


async def test_account_that_is_not_there_is_a_page_that_says_so(desk: Desk) -> None:
    editor, _, _, _ = desk
    for action in ("", "/disconnect"):
        assert (await editor.submit(f"{SETTINGS}/accounts/nothing{action}", mode="direct")).status_code == 404


async def _save(desk: Desk, **form: str):
    editor, account, _, _ = desk
    return await editor.submit(f"{SETTINGS}/accounts/{account.id}", **form)


async def _load(resources: Resources, account_id: str) -> Account:
    async with resources.read() as session:
        return (await session.exec(select(Account).where(Account.id == account_id))).one()


async def _come_back_as_another(editor: Editor, wanted: Account) -> dict[str, str]:
    """Reconnect an account, but press Continue at TikTok as somebody else."""
    browser = Browser(editor.client, csrf_token="")
    consent = await browser.start(f"/api/tiktok/auth?account_id={wanted.id}")
    return await browser.come_back(await browser.allow(consent, CITY))
