"""Whose token opens an ad account, in which role, and what that role allows."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import structlog
from sqlmodel import select

from app.accounts.errors import TokensUnreadable
from app.ads import jobs  # noqa: F401 - they register themselves
from app.ads.connections.errors import AdsReconnect, AdvertiserNotFound, RoleForbids
from app.ads.connections.reach import note_refused, reach_advertiser
from app.ads.connections.roles import Need, read_role
from app.ads.connections.sync import sync
from app.ads.models import AdsConnection, AdsToken
from app.jobs import JOBS
from app.kit.clock import utcnow
from app.ops.rotate import rotate_keys
from app.resources import Resources, open_resources
from app.tiktok_business.errors import BusinessError
from tests.ads.conftest import TikTok
from tests.ads.desk import ADMIN, ANALYST, FIRST, OPERATOR, SECOND, app_settings, consent, control


@pytest.fixture
async def desk(tmp_path: Path, database_url: str, tiktok: TikTok) -> AsyncIterator[Resources]:
    settings = app_settings(tmp_path, database_url, tiktok.address)
    async with open_resources(settings) as opened:
        yield opened


async def test_the_strongest_role_s_token_is_used_and_a_weak_role_is_refused_before_a_call(
    desk: Resources, tiktok: TikTok
):
    analyst = await consent(desk, tiktok, ANALYST)
    reach = await reach_advertiser(desk, FIRST)
    assert (reach.role, reach.connection_id, reach.currency) == ("Analyst", analyst, "USD")
    for need in (Need.write, Need.money):
        with pytest.raises(RoleForbids):
            await reach_advertiser(desk, FIRST, need=need)
    operator = await consent(desk, tiktok, OPERATOR, advertiser_ids=[FIRST])
    assert (await reach_advertiser(desk, FIRST, need=Need.write)).connection_id == operator
    with pytest.raises(RoleForbids, match="Operator"):
        await reach_advertiser(desk, FIRST, need=Need.money)
    assert (await reach_advertiser(desk, SECOND)).connection_id == analyst
    admin = await consent(desk, tiktok, ADMIN)
    reach = await reach_advertiser(desk, FIRST, need=Need.money)
    assert (reach.role, reach.connection_id) == ("Admin", admin)
    assert (await reach.client.advertisers.get_user()).display_name == "Emulated Admin"


async def test_without_any_consent_the_installation_s_own_token_serves(desk: Resources, tiktok: TikTok):
    reach = await reach_advertiser(desk, SECOND, need=Need.money)
    assert (reach.role, reach.connection_id) == ("Admin", "own")
    with pytest.raises(AdvertiserNotFound):
        await reach_advertiser(desk, "7200000000000000999")
    await consent(desk, tiktok, ANALYST, advertiser_ids=[FIRST])
    with pytest.raises(AdvertiserNotFound):
        await reach_advertiser(desk, SECOND)
    with pytest.raises(RoleForbids):
        await reach_advertiser(desk, FIRST, need=Need.write)


async def test_a_token_that_tiktok_refuses_asks_for_a_new_consent_which_takes_its_place(
    desk: Resources, tiktok: TikTok
):
    first = await consent(desk, tiktok)
    reach = await reach_advertiser(desk, FIRST)
    await tiktok.fail_next("user/info/", code=40105)
    with pytest.raises(BusinessError) as refused:
        await reach.client.advertisers.get_user()
    await note_refused(desk, reach, refused.value)
    with pytest.raises(AdsReconnect):
        await reach_advertiser(desk, FIRST)
    assert await consent(desk, tiktok) == first
    assert (await reach_advertiser(desk, FIRST)).connection_id == first
    narrow = await consent(desk, tiktok, scopes=[2])
    assert narrow != first
    assert (await reach_advertiser(desk, FIRST)).connection_id == first


async def test_a_sync_sees_new_ad_accounts_and_changed_roles_and_one_that_fails_keeps_what_was_known(
    desk: Resources, tiktok: TikTok
):
    connection = await consent(desk, tiktok, OPERATOR)
    made = await control(tiktok, "advertisers", name="Newsroom Astana", bc_id="7100000000000000001", currency="KZT")
    new = made.json()["advertiser_id"]
    await control(tiktok, "users", user_id=OPERATOR, roles={FIRST: "ANALYST", SECOND: None, new: "ADMIN"})
    assert (await sync(desk)).advertisers == 2
    assert (await reach_advertiser(desk, FIRST)).role == "Analyst"
    assert (await reach_advertiser(desk, new)).role == "Admin"
    with pytest.raises(AdvertiserNotFound):
        await reach_advertiser(desk, SECOND)
    for _ in range(2):
        await tiktok.fail_next("bc/get/", code=40105)
    told = await sync(desk)
    assert list(told.failed) == [connection]
    async with desk.read() as session:
        row = await session.get(AdsConnection, connection)
    assert row is not None
    assert row.state_reason == "tiktok_40105"


async def test_a_role_that_is_lost_at_tiktok_is_noticed_by_the_clock(desk: Resources, tiktok: TikTok):
    connection = await consent(desk, tiktok, OPERATOR)
    await control(tiktok, "users", user_id=OPERATOR, roles={FIRST: "ANALYST", SECOND: None})
    with structlog.testing.capture_logs() as logs:
        await JOBS["ads.sync"].run({"app": desk})
    assert (await reach_advertiser(desk, FIRST, need=Need.write)).role == "Operator"
    long_ago = utcnow() - timedelta(hours=1)
    async with desk.transaction() as session:
        await session.exec(sa.update(AdsConnection).values(synced_at=long_ago))
    with structlog.testing.capture_logs() as logs:
        await JOBS["ads.sync"].run({"app": desk})
    with pytest.raises(RoleForbids):
        await reach_advertiser(desk, FIRST, need=Need.write)
    with pytest.raises(AdvertiserNotFound):
        await reach_advertiser(desk, SECOND)
    told = {entry["event"]: entry for entry in logs if entry["log_level"] == "warning"}
    assert (told["ads_role_changed"]["before"], told["ads_role_changed"]["after"]) == ("Operator", "Analyst")
    assert told["ads_account_lost"]["advertiser_id"] == SECOND
    # A token that TikTok refuses asks for a new consent, without anybody at work.
    for endpoint in ("bc/get/", "oauth2/advertiser/get/"):
        await tiktok.fail_next(endpoint, code=40105, times=5)
    async with desk.transaction() as session:
        await session.exec(sa.update(AdsConnection).values(synced_at=long_ago))
    await JOBS["ads.sync"].run({"app": desk})
    async with desk.read() as session:
        assert (await session.get_one(AdsConnection, connection)).state == "reconnect"


async def test_a_token_is_sealed_for_its_row_and_opens_after_a_change_of_the_key(desk: Resources, tiktok: TikTok):
    connection = await consent(desk, tiktok)
    other = await consent(desk, tiktok, ANALYST)
    async with desk.read() as session:
        rows = {row.id: row.access_token_encrypted for row in (await session.exec(select(AdsToken))).all()}
    assert rows[connection].startswith("v1.")
    assert "ads_tokens.access_token" in {progress.name for progress in await rotate_keys(desk)}
    async with desk.transaction() as session:
        moved = sa.update(AdsToken).where(AdsToken.id == other).values(access_token_encrypted=rows[connection])  # type: ignore[arg-type]
        await session.exec(moved)
        await session.exec(sa.delete(AdsToken).where(AdsToken.id == connection))  # type: ignore[arg-type]
    with pytest.raises(TokensUnreadable):
        await reach_advertiser(desk, FIRST)
    assert list((await sync(desk)).failed) == [connection, other]


@pytest.mark.parametrize(
    ("texts", "role"),
    [
        (("ADMIN",), "Admin"), (("", "ROLE_OPERATOR"), "Operator"), (("ADVERTISER_ROLE_ANALYST",), "Analyst"),
        (("ROLE_ADVERTISER",), None), (("SOMETHING_NEW", "ROLE_CHILD_AGENT"), None), (("", "analyst"), "Analyst"),
    ],
)  # fmt: skip
def test_roles_are_read_from_what_tiktok_calls_them(texts: tuple[str, ...], role: str | None):
    assert read_role(*texts) == role
