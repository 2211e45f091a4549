"""An attempt's code is explained in the reader's language; no library's class name is a code."""

import httpx
import pytest

from app.admin.wording.attempts import explain_attempt, quote_attempt
from app.kit.http import failures
from app.kit.http.failures import failure_code
from app.messages.translator import translator
from app.posts.models import AttemptOutcome, PostKind, PostState
from app.resources import Resources
from app.tiktok.init import InitNotSent, InitOutcomeUnknown, classify_failure
from tests.admin.support import Editor, text_of
from tests.builders import make_attempt, make_post

RU = translator("ru")


def _subclasses(kind: type[httpx.RequestError]) -> set[type[httpx.RequestError]]:
    return {kind}.union(*(_subclasses(each) for each in kind.__subclasses__()))


# Redirects are not followed, so that there cannot be too many of them.
FAILURES = sorted(
    _subclasses(httpx.RequestError) - {httpx.TooManyRedirects, httpx.ProxyError}, key=lambda kind: kind.__name__
)


def test_our_closer_errors_are_among_the_failures() -> None:
    assert {failures.HostUnknown, failures.TlsFailed, failures.AnswerTooLarge} <= set(FAILURES)


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_every_failed_call_has_a_code_and_a_sentence(language: str) -> None:
    for kind in FAILURES:
        code = failure_code(kind("secret of the library"))
        assert code.replace("_", "").islower()
        said = explain_attempt(translator(language), code)
        assert said, code
        assert kind.__name__ not in said


def test_what_was_surely_not_sent_is_said_to_be_so() -> None:
    for kind in FAILURES:
        outcome = classify_failure(kind("x"))
        said = explain_attempt(translator("en"), outcome.reason)
        assert outcome.cause == kind.__name__
        assert isinstance(outcome, InitNotSent if "nothing was sent" in said else InitOutcomeUnknown), kind


def test_failures_of_servers_are_explained_whatever_their_number() -> None:
    assert explain_attempt(RU, "http_502") == explain_attempt(RU, "http_408") != ""


def test_tiktoks_own_words_stand_as_a_quotation_beside_ours() -> None:
    assert explain_attempt(RU, "spam_risk_too_many_posts").startswith("Автор достиг предела")
    assert quote_attempt("refused", "spam_risk", "Too many links") == "Too many links (spam_risk)"
    assert quote_attempt("refused", "spam_risk", None) == "spam_risk"


def test_what_we_made_of_an_answer_is_no_word_of_tiktoks() -> None:
    assert [quote_attempt("refused", code, None) for code in ("http_redirect", "no_upload_url", None)] == [""] * 3
    assert quote_attempt("unknown", "timeout", None) == ""


def test_what_has_no_words_is_left_without() -> None:
    assert [explain_attempt(RU, code) for code in (None, "", "a_code_of_tomorrow")] == [""] * 3


async def test_the_post_s_page_says_what_became_of_an_attempt(editor: Editor, sqlite_resources: Resources) -> None:
    async with sqlite_resources.transaction() as session:
        post = await make_post(session, state=PostState.unconfirmed)
        await make_attempt(session, post, outcome=AttemptOutcome.unknown, error_code="connection_lost")
    page = text_of(await editor.open(f"/admin/posts/{post.id}?lang=ru"))
    assert "Соединение оборвалось раньше, чем пришёл ответ TikTok." in page
    assert "connection_lost" not in page


async def test_nobody_waits_for_tiktok_to_come_for_a_video_that_is_sent(
    editor: Editor, sqlite_resources: Resources
) -> None:
    for is_sent in (False, True):
        async with sqlite_resources.transaction() as session:
            post = await make_post(session, state=PostState.publishing, kind=PostKind.video, publish_id=str(is_sent))
            await make_attempt(session, post, outcome=AttemptOutcome.accepted, by_upload=is_sent)
        page = text_of(await editor.open(f"/admin/posts/{post.id}?lang=en"))
        assert ("TikTok has not come for the video yet." in page) is not is_sent
