"""Whatever the program says to an editor, it says in the editor's language: a new sentence fails here until it is."""

import re

import pytest

from app.admin.wording.i18n import LANGUAGES, translator
from app.admin.wording.media import PROBLEM_PATTERNS, PROBLEMS
from app.admin.wording.sentences import say, say_problem
from app.media.sniff import _OTHERS, Unusable, sniff
from app.tiktok.catalogue import ERROR_CODES, FAIL_REASONS, OAUTH_ERRORS
from tests.admin.spoken import find_spoken

TRANSLATED = [language for language in LANGUAGES if language != "en"]

# One list for each reason why no editor ever reads them.
_IN_ANSWERS_OF_THE_API_ONLY = {
    "Give either article_id or article.",
    "Log in, or send a valid token: `Authorization: Bearer …`.",
    "No account is connected.",
    "The account was disconnected already: there were no tokens.",
    "The article has no picture that TikTok would take.",
    "The cursor is none that was given out.",
    "The tokens are forgotten, but TikTok could not be told. To end the permission there too, the creator removes this"
    " app in the TikTok app: Settings and privacy, Security and permissions, Apps and services permissions.",
    "There are several accounts: say which, as ?account_id=…",
    "TikTok has ended the permission, and the tokens are forgotten.",
    "kind: must be one of 7",
    "verification files",
}
_PAGES_SAY_IT_BY_STATUS_OR_CODE = {
    "A post that is 7 cannot be 7; only one that is 7.",
    "A post that is 7 cannot be cancelled.",
    "A post that is 7 cannot be retried.",
    "The page is out of date. Load it again, then repeat what you did.",
    "There is no such account",
    "There is no such account.",
    "There is no such article.",
    "There is no such post.",
    "There is no such set of hashtags.",
    "There is no such source.",
    "There is no such verification file.",
    "There is nothing at this address.",
    "There is nothing to dismiss any more.",
    "This request came from another site.",
    "looked for",
}
_AT_THE_COMMAND_LINE_ONLY = {"There is an admin 7 already.", "There is no admin 7.", "This is no e-mail address."}
_BETWEEN_PARTS_OF_THE_PROGRAM = {
    "A post that is 7 cannot become 7.",
    "Another worker prepared this post's media meanwhile.",
    "the type is one that the adapter knows",
}
_PARTS_OF_OTHER_SENTENCES = {
    # “The title has …” and “The description has …” are translated each.
    "The 7 has 7 characters as TikTok counts; 7 are allowed.",
    "The article changed.",
    "TikTok no longer offers 7 to this creator, only 7.",
    "TikTok no longer offers 7 to this creator, nor any other audience.",
    "TikTok could not be reached",
    "TikTok did not answer",
    "in a way that cannot be read",
    "without a token",
    "it should be 7 s long and ends after 7 s",
    "only JPEG, PNG, WebP, GIF, HEIC and AVIF pictures can be posted; save it as JPEG",
    "upload it to the CMS as MP4 with H.264",
}
_WORDS_OF_OTHER_PROGRAMS = {
    "<7 of 7>",
    "<TokenCache of 7>",
    "Bearer 7",
    "application/json; charset=UTF-8",
    "the answer names no open_id",
    "Cannot allocate memory",
    "Disk quota",
    "No space left",
    "Noto Sans",
    "bytes 7-7/7",
    "insufficient memory",
    "memory allocation",
    "out of memory",
    "public, max-age=31536000, immutable",
}
UNHEARD = (
    _IN_ANSWERS_OF_THE_API_ONLY
    | _PAGES_SAY_IT_BY_STATUS_OR_CODE
    | _AT_THE_COMMAND_LINE_ONLY
    | _BETWEEN_PARTS_OF_THE_PROGRAM
    | _PARTS_OF_OTHER_SENTENCES
    | _WORDS_OF_OTHER_PROGRAMS
)
_NO_SENTENCES = re.compile(r"IS (NOT )?NULL|^abc admin|^1q2w3e4r5t6y")
_ENGLISH = re.compile(
    r"\b(a|an|and|are|be|been|by|can|for|has|in|is|it|its|no|not|of|on|or|said|that|the|this|to|was|will|with)\b"
)

SPOKEN = sorted(spoken for spoken in find_spoken() if not _NO_SENTENCES.search(spoken.text))


def test_sentences_are_found_where_they_are_written() -> None:
    texts = {spoken.text for spoken in SPOKEN}
    assert "The article arrived." in texts  # a constant of a call
    assert "Approved by 7, with edits." in texts  # one with a value in it
    assert "TikTok no longer offers 7 to this creator, only 7. Choose again and approve." in texts  # put together
    assert any(text.startswith("TikTok had accepted attempt 7 after all") for text in texts)  # for str.format
    assert "the picture is only 7 x 7 pixels; use a larger one" in texts
    assert len(texts) > 200


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_for_editors_is_translated(language: str) -> None:
    i18n = translator(language)
    english = [spoken for spoken in SPOKEN if spoken.text not in UNHEARD and _is_english(say(i18n, spoken.text))]
    assert english == []


def test_no_exception_is_made_for_what_nobody_says_any_more() -> None:
    assert {spoken.text for spoken in SPOKEN} >= UNHEARD


@pytest.mark.parametrize("language", TRANSLATED)
def test_media_sentences_are_those_that_are_said(language: str) -> None:
    said = {say(translator(language), spoken.text) for spoken in SPOKEN}
    unsaid = [text for text in PROBLEMS if say(translator(language), text) not in said]
    assert all(text.startswith(("a ", "an ")) for text in unsaid), unsaid
    assert not [pattern for pattern in PROBLEM_PATTERNS if _fill(language, pattern) not in said]


@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize(
    "head", [magic for magic, _ in _OTHERS] + [b"<svg ", b"\x00\x00\x00\x18ftypisom", b"<html>", b"?"]
)
def test_what_is_no_picture_is_named_in_the_editor_s_language(language: str, head: bytes) -> None:
    with pytest.raises(Unusable) as refusal:
        sniff(head)
    assert not _is_english(say(translator(language), refusal.value.message))


@pytest.mark.parametrize("language", TRANSLATED)
def test_all_advice_about_tiktok_s_answers_is_translated(language: str) -> None:
    i18n = translator(language)
    for advice in [*ERROR_CODES.values(), *FAIL_REASONS.values(), *OAUTH_ERRORS.values()]:
        told = f"{advice.cause} {advice.cure} It was tried 10 times. Look at the cause, then retry."
        assert not _is_english(say(i18n, told)), told


def test_problem_of_a_picture_keeps_its_address() -> None:
    said = say_problem(translator("ru"), "https://news.example/a:b.jpg: this is a PDF document; " + _ONLY)
    assert said.startswith('<bdi dir="ltr">https://news.example/a:b.jpg</bdi>: это документ PDF; ')
    assert say_problem(translator("kk"), "<i>somebody's words") == '<bdi dir="ltr">&lt;i&gt;somebody&#39;s words</bdi>'


_ONLY = "only JPEG, PNG, WebP, GIF, HEIC and AVIF pictures can be posted; save it as JPEG"


def _is_english(text: str) -> bool:
    return bool(_ENGLISH.search(text)) or not re.search(r"[а-яәғқңөұүһі]", text.lower())


def _fill(language: str, pattern: str) -> str:
    return say(translator(language), re.sub(r"%\(\w+\)s", "7", pattern))
