"""What a person may decide about a post, in each of its states, and when two decide at once."""

import asyncio

import pytest

from app.accounts.models import PublishMode
from app.errors import Conflict, Invalid, NotFound
from app.kit.clock import utcnow
from app.posts.face.decisions import DECISIONS, decide, list_actions
from app.posts.face.views import get_post
from app.posts.models import AttemptOutcome, Post, PostState
from app.posts.schemas_decisions import PostApprove, PostReject, PostResolve, PostRevise
from tests.builders import make_account, make_attempt, make_post

S = PostState
ACTIONS = {
    S.scheduled: {"retry", "revise", "cancel"},
    S.awaiting_approval: {"approve", "reject", "revise", "cancel"},
    S.queued: {"revise", "cancel"},
    S.publishing: {"cancel"},
    S.retryable: {"retry", "revise", "cancel"},
    S.unconfirmed: {"retry", "resolve", "check"},
    S.sent_to_inbox: set(),
    S.published: set(),
    S.failed: {"retry", "revise"},
    S.cancelled: set(),
}
LINK = "https://www.tiktok.com/@aimaq/photo/7602997517160123666"


INPUTS = {
    "approve": PostApprove(),
    "reject": PostReject(comment="No"),
    "revise": PostRevise(title="Other"),
    "resolve": PostResolve(verdict="posted"),
}


async def act(app, action, post_id, by="editor@news.example"):
    await decide(app, post_id, action, INPUTS.get(action), by=by)


async def make(resources, state, *, account=None, **changes):
    async with resources.transaction() as session:
        account_id = (await make_account(session, **(account or {}))).id
        return await make_post(session, state=state, account_id=account_id, **({"title": "A title"} | changes))


async def reread(resources, post):
    async with resources.read() as session:
        return await get_post(session, resources.settings, post.id)


@pytest.mark.parametrize("state", S)
async def test_each_state_has_its_actions_and_refuses_the_others(sqlite_newsroom, state):
    app = sqlite_newsroom.app
    assert set(list_actions(await make(app, state))) == ACTIONS[state]
    for action in DECISIONS:
        post = await make(app, state)
        if action in ACTIONS[state]:
            if state is not S.publishing and action != "check":
                await act(app, action, post.id)
                assert action == "revise" or (await reread(app, post)).state != state
            continue
        with pytest.raises(Conflict) as refused:
            await act(app, action, post.id)
        assert refused.value.code == "state_forbids"
        assert (await reread(app, post)).state == state


@pytest.mark.parametrize("state", [S.scheduled, S.queued, S.retryable])
async def test_nobody_moves_a_post_whose_init_is_under_way(newsroom, state):
    post = await make(newsroom.app, state, is_sending=True)
    assert list_actions(post) == []
    for action in ("retry", "revise", "cancel"):
        with pytest.raises(Conflict):
            await act(newsroom.app, action, post.id)
    assert (await newsroom.post(post.id)).is_sending


async def test_a_post_that_was_stopped_by_mistake_comes_back(newsroom):
    account = await newsroom.connect()
    post = await newsroom.make_ready(account, state=S.cancelled, state_reason="cancelled_by_person")
    assert "restore" in list_actions(post)
    await act(newsroom.app, "restore", post.id)
    assert "Brought back by editor@news.example." in [event.why for event in await newsroom.events(post.id)]
    await newsroom.work()
    assert len(newsroom.there) == 1


async def test_what_tiktok_may_have_or_nobody_stopped_is_not_brought_back(newsroom):
    app = newsroom.app
    withdrawn = await make(app, S.cancelled, state_reason="article_unpublished")
    may_be_there = []
    for outcome in (AttemptOutcome.unknown, AttemptOutcome.sending, AttemptOutcome.accepted):
        perhaps = await make(app, S.cancelled, state_reason="cancelled_by_person")
        async with app.transaction() as session:
            await make_attempt(session, perhaps, outcome=outcome)
        may_be_there.append(perhaps)
    for post in (withdrawn, *may_be_there):
        with pytest.raises(Conflict) as refused:
            await act(app, "restore", post.id)
        assert refused.value.code == "state_forbids"
        assert (await reread(app, post)).state == S.cancelled
    surely_not = await make(app, S.cancelled, state_reason="cancelled_by_person")
    async with app.transaction() as session:
        await make_attempt(session, surely_not, outcome=AttemptOutcome.accepted, error_code="spam_risk")
        await make_attempt(session, surely_not, outcome=AttemptOutcome.refused, number=2)
    await act(app, "restore", surely_not.id)
    assert (await reread(app, surely_not)).state != S.cancelled


@pytest.mark.parametrize("post_id", ["nobody", "", "x" * 300, "a\x00b"])
@pytest.mark.parametrize("action", DECISIONS)
async def test_there_is_nothing_to_decide_about_a_post_that_is_not(newsroom, action, post_id):
    with pytest.raises(NotFound):
        await act(newsroom.app, action, post_id)


WAITING = {"mode": PublishMode.approve}


async def test_approving_sends_the_text_and_settings_as_the_approver_left_them(newsroom):
    account = await newsroom.connect(mode=PublishMode.approve, privacy_level=None)
    post = await newsroom.make_ready(account, mode="approve")
    assert (await newsroom.publish(post.id)).state is S.awaiting_approval
    consent = PostApprove(
        title="  Қолмен\n жазылған ", description="Бір.\n\nЕкі.", privacy_level="SELF_ONLY", disable_comment=True,
        auto_add_music=False, brand_organic_toggle=True, is_aigc=True,
    )  # fmt: skip
    await decide(newsroom.app, post.id, "approve", consent, by="editor@news.example")
    await newsroom.work()
    (there,) = newsroom.there
    assert (there.title, there.description, there.privacy_level) == ("Қолмен жазылған", "Бір.\n\nЕкі.", "SELF_ONLY")
    assert there.switches == {
        "disable_comment": True, "auto_add_music": False, "brand_content_toggle": False, "brand_organic_toggle": True,
        "is_aigc": True,
    }  # fmt: skip
    events = await newsroom.events(post.id)
    assert "Approved by editor@news.example, with edits." in [event.why for event in events]


async def test_approving_as_it_is_changes_nothing(newsroom):
    account = await newsroom.connect(mode=PublishMode.approve)
    post = await newsroom.publish((await newsroom.make_ready(account, mode="approve")).id)
    await decide(newsroom.app, post.id, "approve", PostApprove(), by="editor")
    await newsroom.work()
    sent = await newsroom.post(post.id)
    assert (sent.state, sent.is_edited, newsroom.there[0].title) == (S.publishing, False, post.title)


@pytest.mark.parametrize(
    ("consent", "account", "words"),
    [
        (PostApprove(title="ұ" * 91), {}, "91"),
        (PostApprove(title="😀" * 46), {}, "92"),
        (PostApprove(description="ұ" * 4001), {}, "4001"),
        (PostApprove(title="ұ" * 31), {"title_limit": 30}, "30"),
        (PostApprove(title=" ", description="\n"), {}, "title or a description"),
        (PostApprove(), {"privacy_level": None}, "who may see"),
        (PostApprove(brand_content_toggle=True), {"privacy_level": "SELF_ONLY"}, "Branded content"),
        (PostApprove(privacy_level="SELF_ONLY"), {"brand_content_toggle": True}, "Branded content"),
    ],
)
async def test_what_tiktok_would_refuse_is_not_approved(sqlite_newsroom, consent, account, words):
    settings = {"privacy_level": "PUBLIC_TO_EVERYONE", **account}
    post = await make(sqlite_newsroom.app, S.awaiting_approval, account=settings, mode="approve")
    with pytest.raises(Invalid, match=words):
        await decide(sqlite_newsroom.app, post.id, "approve", consent, by="editor")
    after = await reread(sqlite_newsroom.app, post)
    assert (after.state, after.title) == (S.awaiting_approval, "A title")


@pytest.mark.parametrize("privacy_level", ["", "self_only", "SELF\x00ONLY", "X" * 70])
def test_a_privacy_level_that_is_none_is_refused_at_the_door(privacy_level):
    with pytest.raises(ValueError, match="privacy_level"):
        PostApprove(privacy_level=privacy_level)


@pytest.mark.parametrize("state", [S.scheduled, S.retryable, S.failed, S.unconfirmed])
async def test_a_retry_sends_the_post_now_and_forgets_the_old_trouble(newsroom, state):
    account = await newsroom.connect()
    post = await newsroom.make_ready(account)
    await newsroom.change(
        Post, post.id, state=state, fail_reason="internal", fail_help="Help.", failures=9, state_reason="x",
        publish_id="old", tiktok_status="FAILED", alert="y", finalized_at=utcnow() if state is S.failed else None,
        next_attempt_at=utcnow(),
    )  # fmt: skip
    await decide(newsroom.app, post.id, "retry", by="editor")
    retried = await newsroom.post(post.id)
    assert (retried.state, retried.failures, retried.is_forced, retried.finalized_at) == (S.queued, 0, True, None)
    assert {retried.fail_reason, retried.fail_help, retried.publish_id, retried.tiktok_status, retried.alert} == {None}
    await newsroom.work()
    assert ((await newsroom.post(post.id)).state, newsroom.inits) == (S.publishing, 1)


async def test_a_retry_does_not_go_round_tiktoks_limits(newsroom):
    account = await newsroom.connect(daily_cap=1)
    await newsroom.make_publishing(account)
    post = await newsroom.publish((await newsroom.make_ready(account, path="ab/2.jpg")).id)
    assert post.state_reason == "daily_cap"
    await decide(newsroom.app, post.id, "retry", by="editor")
    await newsroom.work()
    assert ((await newsroom.post(post.id)).state_reason, newsroom.inits) == ("daily_cap", 1)


@pytest.mark.parametrize("state", [S.scheduled, S.awaiting_approval, S.queued, S.retryable])
async def test_cancelling_stops_a_post_for_good(newsroom, state):
    account = await newsroom.connect()
    post = await newsroom.make_ready(account, state=state, next_attempt_at=utcnow(), scheduled_at=utcnow())
    await decide(newsroom.app, post.id, "cancel", by="editor")
    await newsroom.let_pass(hours=1)
    await newsroom.sweep()
    cancelled = await newsroom.post(post.id)
    assert (cancelled.state, cancelled.state_reason) == (S.cancelled, "cancelled_by_person")
    assert (cancelled.finalized_at is not None, newsroom.inits) == (True, 0)


async def test_cancelling_what_tiktok_no_longer_lets_go_is_refused_in_its_words(newsroom):
    account = await newsroom.connect()
    post = await newsroom.make_publishing(account)
    with pytest.raises(Conflict, match="too late to cancel") as refused:
        await decide(newsroom.app, post.id, "cancel", by="editor")
    assert refused.value.code == "cancel_refused"
    assert (await newsroom.follow(post.id)).state is S.published


async def test_tiktok_is_asked_to_stop_a_post_that_it_is_fetching(newsroom):
    account = await newsroom.connect()
    newsroom.go(pull_delay=600)
    post = await newsroom.publish((await newsroom.make_ready(account)).id)
    await decide(newsroom.app, post.id, "cancel", by="editor")
    assert newsroom.there[0].fail_reason == "publish_cancelled"
    assert "asked TikTok to stop" in (await newsroom.events(post.id))[-1].why


async def test_a_person_says_that_the_post_is_there(newsroom):
    post = await make(newsroom.app, S.unconfirmed, attempt=1)
    async with newsroom.app.transaction() as session:
        await make_attempt(session, post, outcome=AttemptOutcome.unknown)
    await decide(
        newsroom.app, post.id, "resolve", PostResolve.model_validate({"verdict": "posted", "url": LINK}), by="me"
    )
    after = await newsroom.post(post.id)
    assert (after.state, after.share_url) == (S.published, LINK)
    assert [a.outcome for a in await newsroom.attempts(post.id)] == [AttemptOutcome.accepted]


async def test_a_person_says_that_the_post_is_not_there_and_may_then_retry(newsroom):
    account = await newsroom.connect()
    newsroom.tiktok.fail(endpoint="content_init", cut=True)
    post = await newsroom.publish((await newsroom.make_ready(account)).id)
    await decide(newsroom.app, post.id, "resolve", PostResolve(verdict="not_posted"), by="editor")
    failed = await newsroom.post(post.id)
    assert (failed.state, failed.fail_reason, failed.finalized_at is not None) == (S.failed, "not_posted", True)
    await decide(newsroom.app, post.id, "retry", by="editor")
    await newsroom.work()
    assert (len(newsroom.there), newsroom.inits) == (1, 2)


RACES = [
    (S.awaiting_approval, ("approve", "approve")),
    (S.awaiting_approval, ("approve", "cancel")),
    (S.failed, ("retry", "retry")),
    (S.unconfirmed, ("retry", "resolve")),
    (S.unconfirmed, ("resolve", "resolve")),
    (S.scheduled, ("retry", "cancel")),
]


@pytest.mark.parametrize(("state", "actions"), RACES)
async def test_of_two_who_decide_at_once_one_wins(newsroom, state, actions):
    post = await make(newsroom.app, state)

    async def compete(action, by):
        try:
            await act(newsroom.app, action, post.id, by=by)
        except Conflict as conflict:
            return conflict.code
        return by

    results = await asyncio.gather(*(compete(action, f"admin {n}") for n, action in enumerate(actions)))
    moves = await newsroom.way(post.id)
    if set(actions) in ({"retry", "cancel"}, {"approve", "cancel"}) and len(moves) == 2:
        # The retry, or the approval, came first, and a queued post may still be cancelled.
        assert moves == ["queued", "cancelled"]
        return
    assert results.count("state_forbids") == 1
    assert len(moves) == 1


async def test_a_post_that_is_cancelled_while_its_worker_runs_is_sent_at_most_once(newsroom):
    account = await newsroom.connect()
    for number in range(4):
        post = await newsroom.make_ready(account, path=f"ab/{number}.jpg")
        before = newsroom.inits
        outcome = await asyncio.gather(
            newsroom.publish(post.id), act(newsroom.app, "cancel", post.id), return_exceptions=True
        )
        after = await newsroom.post(post.id)
        assert newsroom.inits - before == (after.state is not S.cancelled or after.attempt), outcome
        assert after.state in {S.cancelled, S.publishing}
