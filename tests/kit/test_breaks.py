"""A text that is cut tells no other number, no half name, and does not end at an abbreviation."""

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from app.kit.breaks import may_end
from app.kit.sentences import first_sentences
from app.kit.text import clean, cut, fold, utf16_len

NBSP, NARROW, THIN = "\u00a0", "\u202f", "\u2009"

# Each of these is one thing to a reader: it stands in what is left as a whole, or not at all.
WHOLE = [
    "1 200 человек", f"1{NBSP}200 человек", f"1{NARROW}200{NARROW}300 адам", f"1{THIN}200 people", "25 000 ₸", "25000₸",
    "1'200 тенге", "1’200’000 сум", "1,200.50 dollars", "5 км", "90 км/ч", "12 м²", "25 кв. м", "$ 100", "$100",
    "€ 5,5", "40 %", "40%", "№ 5", "№5", "No. 5", "+7 701 234-56-78", "+7 (701) 234 56 78", "12:30", "29.11.2026",
    "2026-11-29", "1990-жылы", "5-сынып", "12 қараша", "10–15 °C", "10 – 15 человек", "−25 °C", "3/4 жителей",
    "2,5 млн теңге", "5 тыс. руб. штрафа", "USD 100 million", "Қ.К. Тоқаев", "Қ. К. Тоқаев", "А.С. Пушкин",
    "J. K. Rowling", "Ә. Бөкейхан", "Қ.-Ж. Асанов", "Дж. Байден", "г. Сатпаев", "мкр. Самал", "көш. Абай",
    "ауд. Ұлытау", "ул. Абая", "обл. Абай", "т.б. адамдар", "т. б. адамдар", "т.д. вопросы", "т.с.с. заттар",
    "Mr. Smith", "St. Petersburg", "XXI ғасыр",
]  # fmt: skip


@pytest.mark.parametrize("whole", WHOLE)
@pytest.mark.parametrize("frame", ["Бүгін {} туралы айтылды", "{} туралы бүгін айтылды", "Бүгін мұнда болды {}"])
def test_leaves_whole_or_out_what_is_one_thing(whole: str, frame: str):
    text = frame.format(whole)
    start, end = text.index(whole), text.index(whole) + len(whole)
    for limit in range(utf16_len(text)):
        head = cut(text, limit).removesuffix("…")
        assert not start < len(head) < end or not head[start:].strip("№$€+−«"), (limit, head)


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        (
            "В результате наводнения эвакуировали 1 200 человек из Уральска", 41,
            "В результате наводнения эвакуировали…",
        ),
        (f"Эвакуировали 1{NARROW}200 человек", 16, "Эвакуировали…"),
        ("1 200 человек эвакуировали", 4, ""),
        ("Рост на 40 % за год", 13, "Рост на 40 %…"),
        ("Бұл туралы Қ.К. Тоқаев мәлімдеді", 16, "Бұл туралы…"),
        ("Сәтбаев қаласы, Абай көш. Бейбітшілік", 27, "Сәтбаев қаласы, Абай…"),
        ("9" * 200, 90, ""),
    ],
)  # fmt: skip
def test_steps_back_before_what_does_not_fit(text: str, limit: int, expected: str):
    assert cut(text, limit) == expected


PIECES = st.sampled_from(
    ["1", "200", "5,5", "12:30", "№", "$", "+", "км", "%", "₸", "млн", "Қ.", "А.С.", "т.б.", "мкр.", "жылы", "слово",
     "—", "(", ")", ",", ".", "-", "🔥", "й", " ", NBSP, NARROW, "Mr.", "No.", "XX"]
)  # fmt: skip
DIGIT_GAP_DIGIT = regex.compile(r"\p{Nd}[\s.,'’\-/:]?\Z")
BEGINS_WITH_DIGIT = regex.compile(r"[\s.,'’\-/:]?\p{Nd}")
SHORT = regex.compile(r"(?:^|[\s(])(?:Қ\.|А\.С\.|т\.б\.|мкр\.|Mr\.)\Z")
UNIT = regex.compile(r"\s?(?:км|%|₸|млн|жылы)")


@given(st.lists(PIECES, max_size=30).map("".join), st.integers(0, 60))
@example(text="слово 1 200 км", limit=9)
def test_never_ends_in_a_number_nor_before_its_unit_nor_after_an_initial(text: str, limit: int):
    text = clean(text)
    result = cut(text, limit)
    assert utf16_len(result) <= limit
    if result == text or not result:
        return
    head = result.removesuffix("…") if not text.startswith(result) else result
    rest = text[len(head) :]
    assert text.startswith(head)
    assert not (DIGIT_GAP_DIGIT.search(head) and BEGINS_WITH_DIGIT.match(rest))
    assert not (head[-1].isdigit() and UNIT.match(rest))
    assert not SHORT.search(head)
    assert not (head.endswith(("№", "$")) and rest.lstrip()[:1].isdigit())


@given(st.text(max_size=40), st.integers(0, 45))
def test_judges_any_place_of_any_text(text: str, at: int):
    assert may_end(text, min(at, len(text))) in {True, False}


@pytest.mark.parametrize("piece", ["9", "1 ", "а.б. ", "5 км ", "1-", "№ ", "XX", "мкр. ", "т."])
def test_a_text_without_a_place_to_cut_is_judged_to_the_end(piece: str):
    assert utf16_len(cut(piece * 3000, 3999)) <= 3999


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Бұл туралы Қ.К. Тоқаев Астанада мәлімдеді. Екінші.", "Бұл туралы Қ.К. Тоқаев Астанада мәлімдеді."),
        (f"Бұл туралы Қ.{NBSP}К.{NBSP}Тоқаев мәлімдеді. Екінші.", f"Бұл туралы Қ.{NBSP}К.{NBSP}Тоқаев мәлімдеді."),
        ("По словам А.С. Иванова, всё. Да.", "По словам А.С. Иванова, всё."),
        ("В мкр. Сатпаева авария. Потом.", "В мкр. Сатпаева авария."),
        ("Нан, сүт т.б. Тағамдар бар. Соңы.", "Нан, сүт т.б. Тағамдар бар."),
        ("Хлеб и т. д. Всё есть. Конец.", "Хлеб и т. д. Всё есть."),
        ("Абай ауд. Қарауыл ауылы. Соңы.", "Абай ауд. Қарауыл ауылы."),
        ("Сәтбаев көш. Бес үй. Соңы.", "Сәтбаев көш. Бес үй."),
        ("Штраф 5 тыс. Рублей. Да.", "Штраф 5 тыс. Рублей."),
        ("Қ.-Ж. Асанов келді. Соңы.", "Қ.-Ж. Асанов келді."),
        ("Всего 1. 200 ранены. Да.", "Всего 1. 200 ранены."),
        ("1. Бірінші тармақ. Екінші.", "1. Бірінші тармақ."),
        ("29. 11. 2026 күні болды. Соңы.", "29. 11. 2026 күні болды."),
        ("Mr. Smith of the U.S. Senate left. Next.", "Mr. Smith of the U.S. Senate left."),
        ("No. 5 won the race. Next.", "No. 5 won the race."),
        ("No. He did not. Next.", "No."),
        ("«Да.» Потом ушёл.", "«Да.»"),
    ],
)
def test_a_first_sentence_is_a_whole_one(text: str, expected: str):
    assert first_sentences(text, 1) == expected


@pytest.mark.parametrize(
    ("dirty", "expected"),
    [
        (f"1{NBSP}200", f"1{NBSP}200"),
        (f"1{NARROW}200", f"1{NARROW}200"),
        (f"a{NBSP}{NBSP}b", f"a{NBSP}b"),
        (f"a {NBSP} b", "a b"),
        (f"{NBSP}a{NARROW}", "a"),
        (f"a{NBSP}\nb", "a b"),
    ],
)
def test_cleaning_keeps_a_no_break_space(dirty: str, expected: str):
    assert clean(dirty) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Жайлау", "ЖАЙЛАУ"),
        ("жайлау", "жаи\u0306лау"),
        ("жаңа дәуір", f" Жаңа{NBSP}{NBSP}Дәуір "),
        ("İstanbul", "istanbul"),
        ("CO₂", "co2"),
        ("ＴｉｋＴｏｋ", "tiktok"),
        ("STRASSE", "Straße"),
    ],
)
def test_folds_spellings_of_one_name(one: str, other: str):
    assert fold(one) == fold(other) == fold(fold(one))
