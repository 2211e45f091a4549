"""The catalogue of refusals is complete, readable and never in the way."""

import re
from collections.abc import Callable, Iterable

import pytest

from app.messages.message import Message
from app.tiktok.advice import Action, Advice, Until
from app.tiktok.catalogue import ERROR_CODES, FAIL_REASONS, explain_error, explain_fail_reason
from app.tiktok.catalogue_permission import OAUTH_ERRORS, REMOVAL_REASONS, explain_oauth_error, explain_removal

DOCUMENTED_ERRORS = {
    "invalid_param": Action.person,
    "invalid_params": Action.person,
    "app_version_check_failed": Action.person,
    "spam_risk_too_many_posts": Action.wait,
    "spam_risk_user_banned_from_posting": Action.never,
    "spam_risk_too_many_pending_share": Action.wait,
    "reached_active_user_cap": Action.wait,
    "unaudited_client_can_only_post_to_private_accounts": Action.configure,
    "url_ownership_unverified": Action.configure,
    "privacy_level_option_mismatch": Action.person,
    "access_token_invalid": Action.refresh_token,
    "scope_not_authorized": Action.reauthorize,
    "scope_permission_missed": Action.reauthorize,
    "rate_limit_exceeded": Action.wait,
    "internal_error": Action.retry,
    "invalid_file_upload": Action.person,
    "invalid_publish_id": Action.person,
    "token_not_authorized_for_specified_publish_id": Action.person,
    "publish_not_cancellable": Action.never,
}
DOCUMENTED_FAIL_REASONS = {
    "file_format_check_failed": Action.person,
    "duration_check_failed": Action.never,
    "frame_rate_check_failed": Action.person,
    "picture_size_check_failed": Action.person,
    "internal": Action.retry,
    "video_pull_failed": Action.retry,
    "photo_pull_failed": Action.retry,
    "publish_cancelled": Action.never,
    "auth_removed": Action.reauthorize,
    "spam_risk_too_many_posts": Action.wait,
    "spam_risk_user_banned_from_posting": Action.never,
    "spam_risk_text": Action.never,
    "spam_risk": Action.never,
}
DOCUMENTED_OAUTH_ERRORS = {
    "access_denied": Action.reauthorize,
    "invalid_client": Action.configure,
    "invalid_grant": Action.reauthorize,
    "invalid_request": Action.configure,
    "invalid_scope": Action.configure,
    "unauthorized_client": Action.reauthorize,
    "unsupported_grant_type": Action.configure,
    "unsupported_response_type": Action.configure,
    "server_error": Action.retry,
    "temporarily_unavailable": Action.retry,
    "client_key": Action.configure,
    "redirect_uri": Action.configure,
    "scope": Action.configure,
    "code_challenge": Action.configure,
    "code_challenge_method": Action.configure,
}
EVERYTHING = [
    *ERROR_CODES.values(),
    *FAIL_REASONS.values(),
    *OAUTH_ERRORS.values(),
    *REMOVAL_REASONS.values(),
    explain_error("a_code_of_next_year"),
]


def test_every_documented_code_is_known_in_its_own_table_and_none_besides_but_our_own_two():
    assert _actions(ERROR_CODES, explain_error) == DOCUMENTED_ERRORS | {
        "http_redirect": Action.configure, "http_refused": Action.person
    }  # fmt: skip
    assert _actions(FAIL_REASONS, explain_fail_reason) == DOCUMENTED_FAIL_REASONS
    assert _actions(OAUTH_ERRORS, explain_oauth_error) == DOCUMENTED_OAUTH_ERRORS


def _actions(table: Iterable[str], explain: Callable[[str], Advice]) -> dict[str, Action]:
    """What is found by each code, where it is known by that code."""
    found = {code: explain(code) for code in table}
    return {code: advice.action for code, advice in found.items() if advice.is_known and advice.code == code}


def test_every_documented_reason_of_a_removed_authorization_is_known():
    for reason in range(6):
        assert explain_removal(reason).is_known, reason
        assert explain_removal(str(reason)) is explain_removal(reason)


def test_every_entry_says_cause_and_cure_in_sentences():
    for advice in EVERYTHING:
        for text in (advice.cause, advice.cure):
            assert len(text) > 10, advice.code
            assert re.fullmatch(r"[A-Z][^{%]*\.", text), text
            assert text == " ".join(text.split())


def test_every_retry_and_wait_has_a_delay_and_every_wait_something_to_wait_for():
    for advice in EVERYTHING:
        assert (advice.delay > 0) is (advice.action in {Action.retry, Action.wait}), advice.code
        assert (advice.until is not None) is (advice.action is Action.wait), advice.code


def test_caps_wait_for_a_day_and_the_rate_limit_for_a_minute():
    assert explain_error("rate_limit_exceeded").delay == 60
    assert explain_error("rate_limit_exceeded").until is Until.rate_window
    assert explain_error("spam_risk_too_many_posts").delay == 86400


def test_the_unaudited_client_is_told_that_it_is_the_account_that_must_be_private():
    advice = explain_error("unaudited_client_can_only_post_to_private_accounts")
    assert "It is the account that must be private" in advice.cause
    assert "Private account" in advice.cure


@pytest.mark.parametrize("explain", [explain_error, explain_fail_reason, explain_oauth_error, explain_removal])
def test_an_unknown_code_is_for_a_person(explain):
    for code in (None, "", " ", "a_code_of_next_year", "\x00", "x" * 10_000, "SPAM_RISK_OF_TOMORROW"):
        advice = explain(code)
        assert (advice.action, advice.is_known) == (Action.person, False)
        assert advice.code == (code or "unknown")


@pytest.mark.parametrize("code", ["spam_risk", "spam_risk_text"])
def test_spam_is_explained_alike_whether_the_post_was_refused_at_once_or_failed_later(code):
    assert explain_error(code) == explain_fail_reason(code)
    assert explain_error(code).is_known


def test_a_code_is_found_whatever_its_case():
    assert explain_error(" Invalid_Params ").code == "invalid_params"


def test_every_text_is_declared_so_that_every_language_has_it():
    texts = [text for advice in EVERYTHING for text in (advice.cause, advice.cure) if text]
    assert texts
    assert [text for text in texts if not (isinstance(text, Message) and text.code)] == []
