"""`newsreel doctor`: what it finds where something is wrong, and that it is quiet where all is well."""

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import select

from app.accounts.models import Account, AccountState
from app.config import Settings
from app.db import Database
from app.jobs import WorkerHeartbeat
from app.kit.clock import utcnow
from app.kit.crypto import Keyring
from app.limits.budgets import CREATOR_INFO, Ask, take
from app.media.holds import lift_hold
from app.media.models import MediaAsset, MediaFetch, MediaHold
from app.media.service import grant_media
from app.ops import doctor
from app.ops.doctor import Finding, Level, address, clock, examine, run_doctor
from app.ops.doctor.findings import ok
from app.posts.models import AttemptOutcome, Post, PostState
from app.queue import ArqQueue
from app.resources import Resources
from tests.accounts import support as tiktok_support
from tests.accounts.support import CITY, DAILY, TikTok, at_tiktok, run_tiktok
from tests.builders import change_account, make_account, make_article, make_attempt, make_post, make_source
from tests.support.whole_app import mark_as_migrated, serve


def about(findings: list[Finding], subject: str) -> list[Finding]:
    return [finding for finding in findings if finding.subject == subject]


def only(findings: list[Finding], subject: str) -> Finding:
    (finding,) = about(findings, subject)
    return finding


@asynccontextmanager
async def installed(resources: Resources) -> AsyncIterator[Resources]:
    """A database at head and a living worker, with the web app on a socket as the public address."""
    await mark_as_migrated(resources)
    async with resources.transaction() as session:
        session.add(WorkerHeartbeat(id="worker", seen_at=utcnow()))
    async with serve(resources) as port, run_tiktok() as tiktok:
        changes: dict[str, Any] = {
            "public_url": f"http://127.0.0.1:{port}",
            "tiktok_api_base_url": tiktok.url,
            "client_key": tiktok.world.settings.client_key,
        }
        yield dataclasses.replace(resources, settings=resources.settings.model_copy(update=changes))


async def connected(app: Resources, tiktok: TikTok, open_id: str, **columns: Any) -> None:
    account = await tiktok_support.make_account(app, tiktok, open_id)
    async with app.transaction() as session:
        await change_account(session, account.id, **columns)


async def make_media(app: Resources, path: str, **changes: Any) -> str:
    """A post with one picture, on disk and in the table; gives the token of its preview."""
    file = app.media_dir / path
    file.parent.mkdir(parents=True)
    file.write_bytes(b"x" * 500)
    async with app.transaction() as session:
        post = await make_post(session, media_count=1)
        picture: dict[str, Any] = {
            "source_url": "https://news.example/1.jpg",
            "width": 800,
            "height": 600,
            "sha256": "0" * 64,
        }
        session.add(MediaAsset(owner_id=post.id, position=0, path=path, size=500, **{**picture, **changes}))
        post.preview_token = await grant_media(session, post.id)
        return post.preview_token


@asynccontextmanager
async def wall(status: str, *headers: str) -> AsyncIterator[str]:
    """What may stand before us and answers in our place; gives its address."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = b"<html>please wait</html>"
        lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", "connection: close", *headers, "", ""]
        writer.write("\r\n".join(lines).encode() + body)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def changed(app: Resources, **settings: Any) -> Resources:
    return dataclasses.replace(app, settings=app.settings.model_copy(update=settings))


async def test_nothing_is_broken_in_a_new_installation_with_an_emulated_tiktok(resources):
    async with installed(resources) as app:
        findings = await examine(app)
    assert [finding for finding in findings if finding.level is Level.broken] == []
    assert only(findings, "Worker").message == "1 alive"
    assert "that fits" in about(findings, "Public address")[0].message
    assert "the way to /media/ is open" in only(findings, "Media").message
    clocks = [finding.message for finding in about(findings, "Clock")]
    assert clocks[0] == "agrees with TikTok's"
    assert len(clocks) == (1 if app.db.is_sqlite else 2)
    assert only(findings, "Verification file").cure
    assert all(finding.cure for finding in findings if finding.level is not Level.ok)


async def test_says_what_needs_a_person_and_what_waits_for_too_long(sqlite_resources):
    now = utcnow()
    async with sqlite_resources.transaction() as session:
        await make_post(session, state=PostState.unconfirmed)
        await make_post(session, state=PostState.awaiting_approval, created_at=now - timedelta(days=2))
        await make_post(session, state=PostState.queued, created_at=now - timedelta(minutes=30))
    async with installed(sqlite_resources) as app:
        findings = await examine(app)
    assert only(findings, "Posts").message == "1 unconfirmed: TikTok's answer was lost"
    assert "30 minutes ago" in only(findings, "Oldest article").message
    assert "1 of them for approval; the oldest came 48 hours ago" in only(findings, "Decisions").message
    assert only(findings, "Queue").message == "a post has been due for 30 minutes"


async def test_names_posts_of_withdrawn_articles_that_nobody_has_deleted_in_time(sqlite_resources):
    now = utcnow()
    async with sqlite_resources.transaction() as session:
        for minutes in (95, 20, -20):
            by = now - timedelta(minutes=minutes)
            await make_post(session, state=PostState.published, alert="article_unpublished", take_down_by=by)
    async with installed(sqlite_resources) as app:
        finding = only(await examine(app), "Take-down")
        assert finding.level is Level.warning
        assert finding.message.startswith("2 to be deleted at TikTok")
        assert finding.message.endswith("the first 95 minutes ago")
        async with app.transaction() as session:
            await session.exec(sa.update(Post).values(alert=None, take_down_by=None))
        assert only(await examine(app), "Take-down").level is Level.ok


async def test_a_silent_worker_is_broken(sqlite_resources):
    async with installed(sqlite_resources) as app:
        async with app.transaction() as session:
            await session.exec(sa.update(WorkerHeartbeat).values(seen_at=utcnow() - timedelta(minutes=5)))
        finding = only(await examine(app), "Worker")
    assert finding.level is Level.broken
    assert "newsreel worker" in finding.cure


async def test_tells_of_accounts_that_cannot_post_and_of_logins_that_end(sqlite_resources):
    soon = utcnow() + timedelta(days=13)
    async with sqlite_resources.transaction() as session:
        await make_account(session, display_name="Gone", state=AccountState.reconnect)
        await make_account(session, display_name="Ending", mode="inbox", refresh_expires_at=soon)
        await make_account(session, display_name="Unscoped", scopes=["user.info.basic"])
        await make_account(session, display_name="Undecided", privacy_level=None)
    async with installed(sqlite_resources) as app:
        findings = await examine(app)
    assert only(findings, "Account Gone").level is Level.broken
    assert about(findings, "Account Ending")[0].message == f"its login ends on {soon:%Y-%m-%d}"
    assert "video.publish was not granted" in only(findings, "Account Unscoped").message
    assert "nobody has chosen" in only(findings, "Account Undecided").message


async def test_asks_tiktok_what_a_connected_account_may_post(sqlite_resources):
    async with installed(sqlite_resources) as installation, run_tiktok() as tiktok:
        app = at_tiktok(installation, tiktok)
        await connected(app, tiktok, DAILY, display_name="Aimaq", privacy_level="SELF_ONLY")
        await connected(app, tiktok, CITY, display_name="Odd", privacy_level="EVERYBODY_ON_EARTH")
        findings = await examine(app)
    assert "connected, posts as SELF_ONLY" in only(findings, "Account Aimaq").message
    assert only(findings, "Account Odd").message == "TikTok no longer offers EVERYBODY_ON_EARTH"


async def test_asks_nothing_of_tiktok_for_which_the_budget_is_used_up(sqlite_resources):
    async with installed(sqlite_resources) as installation, run_tiktok() as tiktok:
        app = at_tiktok(installation, tiktok)
        await connected(app, tiktok, DAILY, display_name="Aimaq", privacy_level="SELF_ONLY")
        await connected(app, tiktok, CITY, display_name="Refused", privacy_level="SELF_ONLY")
        async with app.transaction() as session:
            account_id = (await session.exec(select(Account.id).where(Account.open_id == DAILY))).one()
            await take(session, CREATOR_INFO, {account_id: Ask(CREATOR_INFO.burst)})
        tiktok.fail(endpoint="creator_info", code="rate_limit_exceeded")
        findings = await examine(app)
    told = [only(findings, f"Account {name}") for name in ("Aimaq", "Refused")]
    assert [finding.level for finding in told] == [Level.ok, Level.ok]
    assert all("was not asked: the budget" in finding.message for finding in told)
    assert tiktok.count("creator_info") == 1


async def test_a_creator_of_whom_tiktok_takes_nothing_today_is_told(sqlite_resources):
    async with sqlite_resources.transaction() as session:
        await make_account(session, display_name="Full", learned_daily_cap=0, learned_daily_cap_at=utcnow())
    async with installed(sqlite_resources) as app:
        findings = await examine(app)
    full = only(findings, "Limits of Full")
    assert (full.level, "0 of 0 posts in 24 hours" in full.message) == (Level.warning, True)


async def test_tells_how_much_of_tiktoks_limits_is_in_use(sqlite_resources):
    now = utcnow()
    async with sqlite_resources.transaction() as session:
        account = await make_account(session, display_name="Busy", daily_cap=4)
        await make_account(session, display_name="Quiet")
        for number in range(4):
            post = await make_post(session, account_id=account.id, state=PostState.published)
            started = now - timedelta(hours=number + 1)
            await make_attempt(session, post, outcome=AttemptOutcome.accepted, started_at=started)
    async with installed(sqlite_resources) as app:
        findings = await examine(app)
    busy = only(findings, "Limits of Busy")
    assert (busy.level, "4 of 4 posts in 24 hours" in busy.message) == (Level.warning, True)
    assert only(findings, "Limits").message == "1 of 2 accounts use little of what TikTok allows"


async def test_finds_secrets_that_no_key_opens_and_those_that_need_an_older_one(sqlite_resources):
    async with sqlite_resources.transaction() as session:
        source = await make_source(session)
        place = f"sources:{source.id}:secret_encrypted"
        source.secret_encrypted = sqlite_resources.keyring.encrypt("a secret", place=place)
    async with installed(sqlite_resources) as app:
        assert only(await examine(app), "Secret key").level is Level.ok
        both = Keyring(["another-key-" * 4, *app.settings.secret_keys])
        older = only(await examine(dataclasses.replace(app, keyring=both)), "Secret key")
        wrong = only(await examine(dataclasses.replace(app, keyring=Keyring(["another-key-" * 4]))), "Secret key")
    assert (older.level, older.message) == (Level.warning, "1 stored secrets still need an older key")
    assert "newsreel rotate-keys" in older.cure
    assert wrong.level is Level.broken


async def test_a_source_that_went_silent_is_told(sqlite_resources):
    now = utcnow()
    async with sqlite_resources.transaction() as session:
        silent = await make_source(session, name="Silent", last_delivery_at=now - timedelta(hours=24))
        await make_source(session, name="New")
        for number in range(12):
            received = now - timedelta(hours=8 * (15 - number))
            await make_article(session, source_id=silent.id, received_at=received)
    async with installed(sqlite_resources) as app:
        findings = await examine(app)
    assert "silent for more than twice its longest usual gap" in only(findings, "Source Silent").message
    assert only(findings, "Source New").message == "nothing has ever come from it"


async def test_minutes_after_a_burst_no_source_is_called_silent(sqlite_resources):
    now = utcnow()
    async with sqlite_resources.transaction() as session:
        burst = await make_source(session, name="Burst", last_delivery_at=now - timedelta(minutes=9))
        for number in range(40):
            await make_article(session, source_id=burst.id, received_at=now - timedelta(minutes=9, seconds=40 - number))
    async with installed(sqlite_resources) as app:
        assert only(await examine(app), "Source Burst").level is Level.ok


async def test_tells_what_failed_and_what_waits_for_an_account_that_is_gone(resources):
    now, day = utcnow(), timedelta(days=1)
    async with resources.transaction() as session:
        revoked = await make_account(session, display_name="Revoked", state=AccountState.disconnected,
                                     state_reason="removed_at_tiktok_1")  # fmt: skip
        asked = await make_account(session, display_name="Asked", state=AccountState.reconnect)
        await make_account(session, display_name="Left", state=AccountState.disconnected)
        await make_post(session, account_id=revoked.id, state=PostState.published)
        for account in (revoked, revoked, asked):
            await make_post(session, account_id=account.id, state=PostState.scheduled, state_reason="x")
        for reason, at in (("spam_risk", now), ("spam_risk", now), (None, now), ("internal", now - 2 * day)):
            await make_post(session, state=PostState.failed, fail_reason=reason, state_reason="too_late",
                            finalized_at=at)  # fmt: skip
    async with installed(resources) as app:
        findings = await examine(app)
    assert only(findings, "Posts of Revoked").message == "2 wait, but its permission was revoked at TikTok"
    assert "1 wait, but TikTok no longer accepts" in only(findings, "Posts of Asked").message
    assert about(findings, "Posts of Left") == []
    failed = only(findings, "Failed posts")
    assert (failed.level, failed.message) == (Level.warning, "3 within a day: 2 × spam_risk, 1 × too_late")
    assert "(spam_risk)" in failed.cure
    assert about(findings, "Media address") == []


async def test_an_address_that_tiktok_does_not_believe_to_be_ours_is_broken_until_it_takes_something(resources):
    refused_at = datetime(2026, 11, 28, 9, 30, tzinfo=UTC)
    hold = MediaHold(portal="creator", prefix="https://news.example/media/", held_since=refused_at,
                     refused_at=refused_at, probe_at=utcnow())  # fmt: skip
    async with resources.transaction() as session:
        session.add(hold)
        for _ in range(2):
            await make_post(session, state=PostState.scheduled, state_reason="url_ownership_unverified")
        await make_post(session, state=PostState.scheduled, state_reason="account_disabled")
    async with installed(resources) as app:
        finding = only(await examine(app), "Media address")
        assert finding.level is Level.broken
        said = "since 2026-11-28 09:30 UTC TikTok takes nothing from https://news.example/media/; 2 posts wait"
        assert finding.message == f"url_ownership_unverified: {said}"
        assert "URL properties" in finding.cure
        async with resources.transaction() as session:
            assert await lift_hold(session, hold)
        assert about(await examine(app), "Media address") == []


async def test_a_loopback_address_is_broken_for_the_real_tiktok(sqlite_resources):
    app = changed(sqlite_resources, public_url="http://127.0.0.1:1")
    own, unreachable = [finding async for finding in address.check_public_address(app)]
    assert (own.level, unreachable.level) == (Level.broken, Level.broken)
    assert "cannot be reached from here" in unreachable.message


async def test_a_public_name_that_leads_to_a_private_machine_is_broken(sqlite_resources, monkeypatch):
    async def resolve(_host: str) -> set[str]:
        return {"10.1.2.3"}

    monkeypatch.setattr(address, "resolve", resolve)
    async with wall("200 OK") as url:
        # The name is refused before anything is asked; what is asked then goes to this machine.
        app = changed(sqlite_resources, public_url=url.replace("127.0.0.1", "localhost."))
        findings = [finding async for finding in address.check_public_address(app)]
    assert findings[0].message == "localhost. is 10.1.2.3 from here, which is not public"


@pytest.mark.parametrize(
    ("status", "headers", "said"),
    [
        ("302 Found", ["location: https://elsewhere.example/"], "redirects (302): TikTok follows no redirect"),
        ("403 Forbidden", [], "answers 403"),
        ("200 OK", [], "answers with something else"),
    ],
)
async def test_what_stands_in_the_way_to_us_is_told(sqlite_resources, status, headers, said):
    async with wall(status, *headers) as url:
        app = changed(sqlite_resources, public_url=url)
        findings = [finding async for finding in address.check_public_address(app)]
        (media,) = [finding async for finding in address.check_media(app)]
    assert said in findings[1].message
    assert media.level is Level.broken


async def test_media_is_looked_at_in_a_range_and_in_our_own_folder(sqlite_resources):
    async with installed(sqlite_resources) as app:
        await make_media(app, "ab/1.jpg")
        assert only(await examine(app), "Media").message == "the newest file is served, in ranges too"
        (app.media_dir / "ab" / "1.jpg").unlink()
        missing = only(await examine(app), "Media")
    assert (missing.level, "NEWSREEL_DATA_DIR" in missing.cure) == (Level.broken, True)


async def test_a_video_as_the_newest_media_is_looked_at_as_a_video(sqlite_resources):
    async with installed(sqlite_resources) as app:
        await make_media(app, "ab/1.mp4", content_type="video/mp4")
        assert only(await examine(app), "Media").message == "the newest file is served, in ranges too"


async def test_a_wall_that_answers_without_ranges_is_told(sqlite_resources):
    await make_media(sqlite_resources, "ab/1.jpg")
    async with wall("200 OK", "content-type: image/jpeg") as url:
        (finding,) = [finding async for finding in address.check_media(changed(sqlite_resources, public_url=url))]
    assert "answers 200 to a request for a range" in finding.message


async def test_its_own_looks_never_pass_for_tiktoks(sqlite_resources):
    async with installed(sqlite_resources) as app:
        token = await make_media(app, "ab/1.jpg")
        await examine(app)
        async with app.read() as session:
            fetches = (await session.exec(select(MediaFetch).where(MediaFetch.token == token))).all()
    assert fetches
    assert all(fetch.is_ours for fetch in fetches)


@pytest.mark.parametrize(("ahead", "level"), [(0, Level.ok), (30, Level.warning), (-900, Level.broken)])
async def test_a_clock_that_is_wrong_is_told(sqlite_resources, ahead, level):
    there = utcnow() - timedelta(seconds=ahead)
    async with wall("404 Not Found", f"date: {there:%a, %d %b %Y %H:%M:%S} GMT") as url:
        app = changed(sqlite_resources, tiktok_api_base_url=url)
        (finding,) = [finding async for finding in clock.check_clocks(app)]
    assert finding.level is level


async def test_a_check_that_hangs_or_fails_is_a_finding_and_hides_no_other(sqlite_resources, monkeypatch):
    async def hang(_app: Resources) -> AsyncIterator[Finding]:
        yield ok("Slow", "half of it")
        await asyncio.Event().wait()

    async def fail(_app: Resources) -> AsyncIterator[Finding]:
        yield ok("Odd", "half of it")
        raise ZeroDivisionError

    monkeypatch.setattr(doctor, "CHECK_SECONDS", 0.05)
    monkeypatch.setattr(doctor, "ALWAYS", (("Slow", hang), ("Odd", fail)))
    monkeypatch.setattr(doctor, "WITH_DATABASE", ())
    findings = await examine(sqlite_resources)
    slow, odd = about(findings, "Slow"), about(findings, "Odd")
    assert [finding.level for finding in slow] == [finding.level for finding in odd] == [Level.ok, Level.broken]
    assert "gave no answer" in slow[1].message
    assert "ZeroDivisionError" in odd[1].message


async def test_a_database_that_is_away_leaves_the_other_checks(sqlite_resources, tmp_path):
    db, queue = Database("postgresql+asyncpg://u:canary-password@127.0.0.1:1/news"), ArqQueue(f"unix://{tmp_path}/no")
    app = changed(sqlite_resources, public_url="http://127.0.0.1:1", tiktok_api_base_url="http://127.0.0.1:1")
    findings = await examine(dataclasses.replace(app, db=db, queue=queue))
    await db.close()
    await queue.close()
    assert only(findings, "Database").message == "PostgreSQL does not answer"
    assert only(findings, "Redis").level is Level.broken
    assert only(findings, "TikTok's API").level is Level.broken
    assert "canary" not in str(findings)


def test_prints_json_for_a_program_and_tells_by_its_exit_code(monkeypatch, capsys):
    async def find(_settings: Settings) -> list[Finding]:
        return [ok("Disk", "room"), Finding(Level.broken, "Redis", "away", "Start it.")]

    monkeypatch.setattr(doctor, "open_and_examine", find)
    assert run_doctor(as_json=True) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["broken"], told["warnings"]) == (1, 0)
    assert told["findings"][1] == {"level": "broken", "subject": "Redis", "message": "away", "cure": "Start it."}
    assert run_doctor() == 1
    assert "1 broken, 0 to look at." in capsys.readouterr().out
