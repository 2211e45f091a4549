"""A sentence keeps what it was made from, and is said in the reader's language, with his numbers, plurals and times."""

import pickle
from datetime import UTC, datetime

import pytest
from pydantic import BaseModel

from app.messages import decisions, downloading, media_faults, post_media, publishing, timeline
from app.messages.kinds import Address, Level, Levels, Quote
from app.messages.message import Message, keep, pack, plain, read, reader, recognise, sentence, unpack
from app.messages.translator import translator

AT = datetime(2026, 11, 29, 9, 5, tzinfo=UTC)


def test_sentence_is_english_for_logs_and_russian_for_its_reader() -> None:
    approved = decisions.approved("a@b.kz")
    assert approved == "Approved by a@b.kz."
    assert (approved.code, approved.params) == ("approved", {"who": "a@b.kz"})
    assert approved.said("ru") == "Одобрено: a@b.kz."
    assert approved.said("kk").startswith("Мақұлда")


def test_answer_of_the_api_is_said_in_the_language_of_this_request() -> None:
    assert timeline.DUE.said() == "Its time has come."
    token = reader.set("ru")
    try:
        assert timeline.DUE.said() == "Время пришло."
    finally:
        reader.reset(token)


def test_moment_is_a_person_s_and_a_page_moves_it_into_the_reader_s_zone() -> None:
    dated = timeline.published_at(AT)
    assert dated == "The article is published at 2026-11-29T09:05:00.000Z."
    assert "29 нояб. 2026 г., 09:05 UTC" in dated.said("ru")
    assert dated.shown(translator("kk")) == (
        'Мақаланың жарияланатын уақыты: <time datetime="2026-11-29T09:05:00.000Z" data-local>'
        "29.11.2026, 09:05 UTC</time>."
    )


@pytest.mark.parametrize(
    ("count", "said"),
    [(1, "1 публикацию в минуту"), (3, "3 публикации в"), (6, "6 публикаций в"), (21, "21 публикацию в")],
)
def test_numbers_have_their_plurals(count: int, said: str) -> None:
    assert said in timeline.minute_full(count).said("ru")
    assert ("1 post a minute" if count == 1 else f"{count} posts a minute") in timeline.minute_full(count)


def test_codes_have_the_words_of_the_form() -> None:
    gone = timeline.audience_gone(Level("SELF_ONLY"), Levels(["PUBLIC_TO_EVERYONE", "FOLLOWER_OF_CREATOR"]))
    assert "«" in gone.said("ru")
    assert "SELF_ONLY" not in gone.said("ru")
    assert "SELF_ONLY" in gone


def test_sentence_within_a_sentence_is_translated_too_and_foreign_words_are_quoted_and_escaped() -> None:
    stopped = publishing.with_tiktok_s_words(publishing.PUBLISHED, Quote("<i>url prefix</i>"))
    assert stopped.shown(translator("ru")).endswith('Ответ TikTok: <q lang="en">&lt;i&gt;url prefix&lt;/i&gt;</q>')
    assert stopped.said("ru").endswith("Ответ TikTok: «<i>url prefix</i>»")
    assert "<q" in post_media.film_unusable(recognise("OddError <b>")).shown(translator("ru"))


def test_address_reads_from_left_to_right_and_decoded() -> None:
    line = media_faults.at(Address("https://news.example/%D0%B0:b.jpg"), media_faults.PDF)
    assert line.shown(translator("ru")).startswith('<bdi dir="ltr">https://news.example/а:b.jpg</bdi>: ')


def test_row_keeps_slug_and_parameters_and_a_text_that_an_older_version_wrote_beats_them() -> None:
    told = timeline.tried_often(downloading.server_error("503"), 10)
    packed = pack(told)
    again = unpack(str(told), packed)
    assert again is not None
    assert again.said("ru") == told.said("ru") != str(told)
    older = unpack("Another sentence.", packed)
    assert older is not None
    assert older.said("ru") == "Another sentence."
    assert unpack(None, packed) is None
    assert pack(Message("somebody's own")) is None


def test_sentence_of_a_newer_version_is_shown_as_its_text() -> None:
    text = "A sentence of tomorrow."
    assert unpack(text, {**(pack(timeline.DUE) or {}), "code": "of_tomorrow"}) == text
    changed = Message("The article is published at dawn.", "published_at", {"hour": 6})
    assert changed.said("ru") == "The article is published at dawn."
    wrong = Message("The article is published at x.", "published_at", {"time": "2026-99-99T09:05:00Z"})
    assert wrong.said("ru") == "The article is published at x."


def test_message_travels_between_processes() -> None:
    told = media_faults.other_kind(media_faults.SVG)
    assert read(keep(told)).said("ru") == told.said("ru")
    copied = pickle.loads(pickle.dumps(told))
    assert (copied, copied.code, copied.params) == (told, told.code, told.params)


def test_schema_says_it_in_the_reader_s_language() -> None:
    class Answer(BaseModel):
        why: Message

    assert Answer(why=timeline.DUE).model_dump(mode="json") == {"why": "Its time has come."}
    assert Answer.model_validate({"why": "Its time has come."}).why.code == "post_due"


def test_declaration_is_checked_at_once() -> None:
    with pytest.raises(TypeError, match="approved takes who"):
        decisions.approved(whom="x")  # type: ignore[call-arg]

    def odd(what: complex) -> None: ...

    with pytest.raises(TypeError, match="no kind of parameter fits what"):
        sentence("%(what)s")(odd)
    with pytest.raises(TypeError, match="two sentences"):
        plain("approved", "Once more.")

    def lacks(who: str) -> None: ...

    with pytest.raises(TypeError, match="name other parameters"):
        sentence("%(whom)s")(lacks)
