"""The vault: sealed to its place, and still open after a change of the key (T26)."""

import dataclasses
from datetime import timedelta
from urllib.parse import quote

import pytest
import sqlalchemy as sa
import time_machine
from sqlmodel import col, select

from app.accounts.connect.hop import start_connect
from app.accounts.errors import TokensUnreadable
from app.accounts.jobs import sweep
from app.accounts.models import AccountTokens, OAuthState
from app.accounts.schemas import TikTokAppUpdate
from app.accounts.tokens import vault
from app.accounts.tokens.access import access_token
from app.accounts.tokens.credentials import app_credentials, update_tiktok_app
from app.accounts.tokens.pairs import store_pair
from app.kit.clock import utcnow
from app.kit.crypto import Keyring
from app.kit.redact import redact
from app.ops.rotate import rotate_keys
from tests.accounts.support import CITY, load_tokens, make_account

OLD, NEW = "test-key-" + "k" * 40, "fresh-key-" + "f" * 40


async def test_a_ciphertext_opens_only_in_its_own_row_and_column(newsreel, tiktok):
    accounts = [await make_account(newsreel, tiktok), await make_account(newsreel, tiktok, CITY)]
    daily, city = [await load_tokens(newsreel, account.id) for account in accounts]
    keyring = newsreel.keyring
    swapped = city.model_copy(update={"access_token_encrypted": daily.access_token_encrypted})
    with pytest.raises(TokensUnreadable):
        vault.open_access_token(keyring, swapped)
    crossed = daily.model_copy(update={"access_token_encrypted": daily.refresh_token_encrypted})
    with pytest.raises(TokensUnreadable):
        vault.open_access_token(keyring, crossed)
    with pytest.raises(TokensUnreadable):
        vault.open_access_token(keyring, daily.model_copy(update={"access_token_encrypted": None}))
    assert vault.open_access_token(keyring, daily) in tiktok.world.by_access_token


async def test_a_pair_replaces_only_the_version_that_it_names(newsreel, tiktok):
    account = await make_account(newsreel, tiktok)
    now = utcnow()
    grant = vault.Grant(
        "act.new", "rft.new", ("video.publish",), now, now + timedelta(hours=2), now + timedelta(days=9)
    )
    for version, is_stored in ((0, False), (1, True), (1, False)):
        async with newsreel.transaction() as session:
            stored = await store_pair(session, newsreel.keyring, account.id, grant, expected_version=version)
        assert stored is is_stored
    assert vault.open_refresh_token(newsreel.keyring, await load_tokens(newsreel, account.id)) == "rft.new"


async def test_a_grant_shows_nothing_of_itself(newsreel, tiktok):
    now = utcnow()
    grant = vault.Grant("act.canary", "rft.canary", (), now, now, now)
    assert "canary" not in repr(grant) + str(grant) + f"{grant}" + repr(grant.__rich_repr__())


async def test_what_passed_through_the_vault_is_blotted_out_of_logs(newsreel, tiktok):
    account = await make_account(newsreel, tiktok)
    now = utcnow()
    grant = vault.Grant("canary of no known/shape A", "canary of no known/shape B", (), now, now, now)
    async with newsreel.transaction() as session:
        await store_pair(session, newsreel.keyring, account.id, grant, expected_version=1)
    line = redact(f"a library quotes {grant.access_token}, and {quote(grant.refresh_token, safe='')} in an address")
    assert "canary" not in line
    assert line.startswith("a library quotes ")


async def test_the_old_key_can_be_dropped_after_a_rotation_and_tokens_still_open(newsreel, tiktok):
    account = await make_account(newsreel, tiktok)
    await update_tiktok_app(newsreel, TikTokAppUpdate.model_validate({"client_key": "key", "client_secret": "secret"}))
    before = await access_token(newsreel, account.id)
    rotating = dataclasses.replace(newsreel, keyring=Keyring([NEW, OLD]))
    await rotate_keys(rotating)
    dropped = dataclasses.replace(newsreel, keyring=Keyring([NEW]))
    assert await access_token(dropped, account.id) == before
    assert (await app_credentials(dropped))[:2] == ("key", "secret")


async def test_a_refresh_that_is_under_way_stores_its_pair_over_what_was_sealed_anew(newsreel, tiktok):
    account = await make_account(newsreel, tiktok)
    lease = {"refresh_lease_token": "busy", "refresh_lease_until": utcnow() + timedelta(minutes=1)}
    async with newsreel.transaction() as session:
        await session.exec(sa.update(AccountTokens).where(col(AccountTokens.account_id) == account.id).values(**lease))
    rotating = dataclasses.replace(newsreel, keyring=Keyring([NEW, OLD]))
    await rotate_keys(rotating)
    leased = await load_tokens(newsreel, account.id)
    assert (leased.refresh_lease_token, leased.version) == ("busy", 1)
    now = utcnow()
    grant = vault.Grant("act.fresh", "rft.fresh", (), now, now + timedelta(hours=2), now + timedelta(days=9))
    async with newsreel.transaction() as session:
        assert await store_pair(session, rotating.keyring, account.id, grant, expected_version=1)
    stored = await load_tokens(newsreel, account.id)
    assert vault.open_refresh_token(Keyring([NEW]), stored) == "rft.fresh"


async def test_the_sweep_forgets_old_hops(newsreel):
    await start_connect(newsreel, "admin")
    for hours, kept in ((1, 1), (25, 0)):
        with time_machine.travel(utcnow() + timedelta(hours=hours)):
            await sweep(newsreel)
        async with newsreel.read() as session:
            assert len((await session.exec(select(OAuthState.id))).all()) == kept
