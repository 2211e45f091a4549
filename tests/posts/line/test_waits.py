"""What a refusal of TikTok's does to a post."""

from datetime import timedelta

import pytest

from app.kit.clock import utcnow
from app.messages.message import Message
from app.posts.models import PostState
from app.posts.waits import MAX_FAILURES, embargo, heed, try_again
from app.tiktok.catalogue import ERROR_CODES, FAIL_REASONS, explain_error, explain_fail_reason


def judge(code, *, retry_after=None, failures=0):
    return heed(explain_error(code), failures=failures, log_id="log", retry_after=retry_after)


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("rate_limit_exceeded", PostState.retryable),
        ("spam_risk_too_many_posts", PostState.scheduled),
        ("spam_risk_too_many_pending_share", PostState.scheduled),
        ("reached_active_user_cap", PostState.scheduled),
        ("spam_risk_user_banned_from_posting", PostState.failed),
        ("unaudited_client_can_only_post_to_private_accounts", PostState.failed),
        ("url_ownership_unverified", PostState.failed),
        ("privacy_level_option_mismatch", PostState.scheduled),
        ("scope_not_authorized", PostState.scheduled),
        ("invalid_param", PostState.failed),
        ("invalid_params", PostState.failed),
        ("a_code_that_tiktok_invents_tomorrow", PostState.failed),
    ],
)
def test_each_code_leads_to_its_state(code, state):
    halt = judge(code)
    assert halt.to is state
    assert halt.detail


@pytest.mark.parametrize("code", sorted(ERROR_CODES))
def test_every_known_code_is_judged_and_explained(code):
    halt = judge(code)
    assert halt.to in {PostState.scheduled, PostState.retryable, PostState.failed}
    assert halt.detail
    assert halt.to is not PostState.retryable or halt.at > utcnow()


@pytest.mark.parametrize("reason", sorted(FAIL_REASONS))
def test_every_fail_reason_is_judged_and_explained(reason):
    halt = heed(explain_fail_reason(reason), failures=0, log_id=None, retry_after=None)
    assert halt.detail


def test_a_429_is_never_tried_within_the_minute_and_holds_the_whole_account():
    began_at = utcnow()
    halt = judge("rate_limit_exceeded", retry_after=1.0)
    assert halt.at >= began_at + timedelta(minutes=1)
    assert halt.pause_account
    assert not halt.is_failure


def test_the_daily_cap_waits_hours_and_costs_no_attempt():
    halt = judge("spam_risk_too_many_posts")
    assert halt.at - utcnow() > timedelta(hours=1)
    assert (halt.reason, halt.is_failure, halt.pause_account) == ("daily_cap", False, True)


def test_a_lost_login_is_marked_and_the_post_waits_for_it():
    halt = judge("scope_not_authorized")
    assert (halt.reason, halt.reconnect, halt.at) == ("account_reconnect", True, None)


def test_the_unaudited_refusal_says_that_the_account_must_be_private():
    halt = judge("unaudited_client_can_only_post_to_private_accounts")
    assert "account" in halt.fail_help.lower()
    assert "private" in halt.fail_help.lower()


def test_passing_failures_come_later_and_later_and_end_with_a_person():
    halts = [try_again(n, "not_sent", Message("No connection.")) for n in range(MAX_FAILURES)]
    waits = [round((halt.at - utcnow()).total_seconds()) for halt in halts if halt.at is not None]
    assert len(waits) == MAX_FAILURES
    assert waits == sorted(waits)
    last = try_again(MAX_FAILURES, "not_sent", Message("No connection."))
    assert last.to is PostState.failed
    assert str(MAX_FAILURES) in (last.fail_help or "")


def test_an_embargo_waits_for_its_time():
    now = utcnow()
    halt = embargo(now + timedelta(hours=2), now)
    assert halt is not None
    assert (halt.to, halt.at, halt.reason) == (PostState.scheduled, now + timedelta(hours=2), "embargo")
    assert embargo(now, now) is None
    assert embargo(None, now) is None


def test_a_date_in_the_year_9999_waits_for_a_person():
    now = utcnow()
    halt = embargo(now.replace(year=9999), now)
    assert halt is not None
    assert (halt.reason, halt.at) == ("implausible_date", None)
