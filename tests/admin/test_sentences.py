import pytest

from app.admin.accounts.connect_outcomes import PendingView, read_outcome
from app.admin.wording.i18n import translator
from app.admin.wording.sentences import explain, say
from app.admin.wording.states import STATES, explain_reason
from app.errors import Conflict, TransientError
from app.posts.models import PostState
from app.tiktok.catalogue import explain_error, explain_oauth_error

RU = translator("ru")


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ("Its time has come.", "Время пришло."),
        ("Approved by a@b.kz, with edits.", "Одобрено с правками: a@b.kz."),
        ("Approved by a@b.kz.", "Одобрено: a@b.kz."),
        ("Somebody's own words 100% <b>", "Somebody's own words 100% <b>"),
        ("", ""),
        (None, ""),
    ],
)
def test_stored_sentences_are_translated_as_far_as_they_are_known(stored: str | None, said: str) -> None:
    assert say(RU, stored) == said


def test_advice_is_translated_and_tiktok_s_own_words_are_kept() -> None:
    advice = explain_error("url_ownership_unverified")
    said = say(RU, f"{advice.cause} {advice.cure} TikTok said: url prefix")
    assert said.startswith("TikTok не знает, что адрес изображений")
    assert said.endswith(' Ответ TikTok: <q lang="en">url prefix</q>')


def test_part_of_a_sentence_is_translated_too() -> None:
    advice = explain_error("publish_not_cancellable")
    said = say(RU, f"TikTok did not stop the post. {advice.cause} {advice.cure}")
    assert said.startswith("TikTok не остановил публикацию. Отменить уже нельзя")


def test_errors_are_explained_by_code_first() -> None:
    moved_on = Conflict("A post that is failed cannot be cancelled.", code="state_forbids")
    assert explain(RU, moved_on) == "Публикация только что изменилась. Посмотрите на неё ещё раз."
    assert explain(RU, TransientError("TikTok did not answer: ReadTimeout.", code="tiktok_unavailable")).startswith(
        "TikTok не"
    )


def test_reason_without_words_of_ours_is_shown_as_it_was_written() -> None:
    assert explain_reason(RU, "something_new", "A new sentence.") == "A new sentence."
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
