import pytest

from app.admin.accounts.connect_outcomes import PendingView, read_outcome
from app.admin.wording.errors import explain
from app.admin.wording.states import STATES, explain_reason
from app.errors import Conflict, TransientError
from app.messages import post_refusals, publishing
from app.messages.kinds import Failure, State
from app.messages.message import Message
from app.messages.translator import translator
from app.posts.models import PostState
from app.tiktok.catalogue_permission import explain_oauth_error

RU = translator("ru")


def test_errors_are_explained_by_code_first() -> None:
    moved_on = Conflict(post_refusals.cannot_cancel(State("failed")), code="state_forbids")
    assert explain(RU, moved_on) == "Публикация только что изменилась. Посмотрите на неё ещё раз."
    silent = TransientError(publishing.tiktok_silent(Failure("timeout")), code="tiktok_unavailable")
    assert explain(RU, silent).startswith("TikTok не")


def test_reason_without_words_of_ours_is_shown_as_it_was_written() -> None:
    assert explain_reason(RU, "something_new", Message("A new sentence.")) == "A new sentence."
    assert explain_reason(RU, "approval", None) == "Публикации этого аккаунта ждут одобрения человека."


def test_every_state_has_words() -> None:
    assert set(STATES) == set(PostState)


@pytest.mark.parametrize(
    "reason",
    [
        "access_denied", "invalid_scope", "server_error", "temporarily_unavailable", "tiktok_error", "missing_code",
        "missing_scope", "other_account", "state_missing", "state_unknown", "state_foreign", "state_used",
        "state_expired", "not_configured", "invalid_client", "tiktok_unavailable", "exchange_failed",
    ],
)  # fmt: skip
def test_every_end_of_a_hop_has_cause_and_cure(reason: str) -> None:
    outcome = read_outcome(RU, "error", reason, None)
    assert outcome is not None
    assert outcome.code == (reason if explain_oauth_error(reason).is_known else "")
    assert outcome.cause
    assert outcome.cure or reason == "other_account"


def test_reason_from_a_forged_address_is_not_repeated() -> None:
    outcome = read_outcome(RU, "error", "<script>call-this-number</script>", None)
    assert outcome is not None
    assert outcome.code == ""
    assert "call-this-number" not in repr(outcome)


def test_success_and_silence() -> None:
    pending = PendingView("1", "Other", "Wanted")
    assert read_outcome(RU, "success", "", pending) is not None
    assert read_outcome(RU, "", "access_denied", None) is None
