"""What a word of TikTok's means for a post: decided without a database, whoever brought the word."""

from datetime import timedelta

import pytest

from app.kit.clock import utcnow
from app.messages.message import Message
from app.posts.models import FINAL_STATES, NOT_YET_GIVEN, Post, PostState
from app.posts.transitions import ALLOWED
from app.posts.verdict import SILENCE, Effect, Move, Standing, Verdict, decide

NOW = utcnow()


def make(state: PostState, **columns) -> Post:
    values = {"attempt": 1, "publish_id": "p_pub_url~v2.1", "post_ids": [], **columns}
    return Post(article_id="a", account_id="c", state=state, **values)


def move(verdict: Verdict, post: Post) -> Move:
    return decide(verdict, post, NOW)


@pytest.mark.parametrize("state", [PostState.publishing, PostState.unconfirmed, PostState.sent_to_inbox])
def test_a_success_ends_what_is_open(state):
    moved = move(Verdict(Standing.published, post_ids=("7",)), make(state))
    assert (moved.effect, moved.to, moved.values["post_ids"]) == (Effect.heard, PostState.published, ["7"])
    assert moved.values["next_check_at"] is None


def test_a_success_without_a_public_id_goes_on_being_asked_about():
    soon = NOW + timedelta(seconds=5)
    assert (
        move(Verdict(Standing.published), make(PostState.publishing, next_check_at=soon)).values["next_check_at"]
        == soon
    )
    assert move(Verdict(Standing.published), make(PostState.sent_to_inbox)).values["next_check_at"] == NOW


@pytest.mark.parametrize("state", sorted(NOT_YET_GIVEN | {PostState.failed, PostState.cancelled}))
def test_a_success_of_what_was_settled_otherwise_is_a_warning(state):
    moved = move(Verdict(Standing.published), make(state))
    assert (moved.effect, moved.to, moved.warns) == (Effect.contradicted, None, True)


@pytest.mark.parametrize("word", [Standing.published, Standing.in_inbox, Standing.failed])
@pytest.mark.parametrize("other", [{"attempt": 2}, {"publish_id": "p_pub_url~v2.2"}])
def test_a_word_on_another_attempt_never_moves_the_post(word, other):
    moved = move(Verdict(word, **other), make(PostState.publishing))
    assert moved.to is None
    assert moved.effect is (Effect.outdated if word is Standing.failed else Effect.contradicted)


def test_a_failure_that_passes_is_tried_again_until_the_third_attempt():
    ways = [
        move(Verdict(Standing.failed, reason="internal"), make(PostState.publishing, attempt=n)).to for n in (1, 2, 3)
    ]
    assert ways == [PostState.retryable, PostState.retryable, PostState.failed]


def test_a_failure_for_good_keeps_reason_and_cure():
    moved = move(Verdict(Standing.failed, reason="picture_size_check_failed"), make(PostState.publishing))
    assert (moved.to, moved.values["fail_reason"]) == (PostState.failed, "picture_size_check_failed")
    assert moved.values["fail_help"] == moved.why != ""


def test_an_unconfirmed_post_is_never_sent_again_by_a_failure():
    assert move(Verdict(Standing.failed, reason="internal"), make(PostState.unconfirmed)).to is PostState.failed


def test_the_first_word_stands_and_a_later_failure_is_told_once():
    late = Verdict(Standing.failed, status="FAILED", reason="spam_risk")
    told = move(late, make(PostState.published, tiktok_status="PUBLISH_COMPLETE"))
    assert (told.effect, told.to, "spam_risk" in (told.note or "")) == (Effect.contradicted, None, True)
    assert move(late, make(PostState.published, tiktok_status="FAILED")) == Move(Effect.known)


def test_silence_and_refusal_leave_a_post_without_a_verdict_unconfirmed():
    silent = move(SILENCE, make(PostState.publishing))
    refused = move(
        Verdict(Standing.refused, reason="invalid_publish_id", detail=Message("No.")), make(PostState.publishing)
    )
    assert (silent.to, silent.values["next_check_at"]) == (PostState.unconfirmed, None)
    assert (refused.to, refused.values["next_check_at"]) == (PostState.unconfirmed, NOW + timedelta(seconds=30))
    assert move(SILENCE, make(PostState.published)) == Move(values={"next_check_at": None})


@pytest.mark.parametrize("word", list(Standing))
@pytest.mark.parametrize("state", list(PostState))
def test_no_word_asks_for_a_move_that_the_state_machine_does_not_have(word, state):
    moved = move(Verdict(word, reason="internal"), make(state))
    assert moved.to is None or moved.to in ALLOWED[state]
    if word in {Standing.at_it, Standing.unknown} or state in FINAL_STATES - {PostState.sent_to_inbox}:
        assert moved.to is None
