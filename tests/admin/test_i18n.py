import re

import pytest

from app.admin.wording.states import STATES
from app.messages.translator import LANGUAGES, translator
from app.web.language import choose_language
from tests.admin.messages import find_messages, read_catalogue, translations
from tests.admin.support import Editor, text_of

TRANSLATED = [language for language in LANGUAGES if language != "en"]
_PLACEHOLDER = re.compile(r"%\(\w+\)s|</?\w+>")


def test_messages_are_found_in_templates_and_code() -> None:
    messages = find_messages()
    assert ("Log in",) in messages
    assert (STATES["published"].label,) in messages  # type: ignore[index]
    assert ("%(count)s picture", "%(count)s pictures") in messages
    assert ("TikTok takes this post for spam.",) in messages
    assert len(messages) > 300


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_message_is_translated(language: str) -> None:
    known = translations(language)
    missing = sorted(key for key in find_messages() if not all(known.get(key, ("",))))
    assert not missing


@pytest.mark.parametrize("language", TRANSLATED)
def test_catalogue_holds_nothing_that_is_said_nowhere(language: str) -> None:
    assert not sorted(set(translations(language)) - find_messages())


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_keep_placeholders_and_tags(language: str) -> None:
    for key, texts in translations(language).items():
        for text in texts:
            assert sorted(_PLACEHOLDER.findall(text)) == sorted(_PLACEHOLDER.findall(key[-1])), key
            assert "%" not in _PLACEHOLDER.sub("", text), key


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_are_not_english_left_over(language: str) -> None:
    latin = {key for key, texts in translations(language).items() if not re.search(r"[а-яәғқңөұүһі]", texts[0].lower())}
    names = {
        "API",
        "CMS",
        "Ghost",
        "WordPress",
        "Strapi",
        "Contentful",
        "Sanity",
        "Superdesk",
        "Directus",
        "Storyblok",
        "Prismic",
        "Drupal",
        "Client key",
        "Client secret",
        "Redirect URI",
    }
    names |= {"Redirect URI (Login Kit)", "TikTok's log id"}
    assert latin <= {(name,) for name in names}


@pytest.mark.parametrize("language", TRANSLATED)
def test_catalogue_is_well_formed(language: str) -> None:
    for message in read_catalogue(language):
        assert not message.fuzzy
        assert not list(message.check())


@pytest.mark.parametrize(
    ("count", "text"), [(1, "%(count)s изображение"), (3, "%(count)s изображения"), (11, "%(count)s изображений")]
)
def test_russian_has_its_plurals(count: int, text: str) -> None:
    assert translator("ru").ngettext("%(count)s picture", "%(count)s pictures", count) == text


@pytest.mark.parametrize(
    ("asked", "kept", "accepted", "chosen"),
    [
        ("kk", "ru", "en", "kk"),
        (None, "ru", "en", "ru"),
        ("xx", "yy", "kk-KZ,kk;q=0.9,ru;q=0.8", "kk"),
        (None, None, "de;q=0.9, ru-RU;q=0.4, kk;q=0.5", "kk"),
        (None, None, "kk;q=0, ru;q=bad, en;q=0.1", "en"),
        (None, None, "", "en"),
        (None, None, "*", "en"),
        # What people in Kazakhstan write for their language: the country's letters.
        (None, None, "kz", "kk"),
        (None, None, "kz-KZ", "kk"),
        (None, None, "KZ,ru;q=0.9", "kk"),
        (None, None, "kaz", "kk"),
        (None, None, "kk_KZ", "kk"),
        (None, None, "kk-Latn-KZ", "kk"),
        (None, None, "en;q=0.1, kz;q=0.8", "kk"),
        (None, None, "ru-KZ,kz;q=0.5", "ru"),
    ],
)
def test_language_is_chosen_by_switch_then_cookie_then_browser(
    asked: str | None, kept: str | None, accepted: str, chosen: str
) -> None:
    assert choose_language(asked, kept, accepted) == chosen


async def test_chosen_language_is_kept(stranger: Editor) -> None:
    assert "Кіру" in text_of(await stranger.open("/admin/login?lang=kk"))
    page = await stranger.open("/admin/login", headers={"Accept-Language": "ru"})
    assert '<html lang="kk">' in page


async def test_browser_s_language_serves_where_nothing_was_chosen(stranger: Editor) -> None:
    page = await stranger.open("/admin/login", headers={"Accept-Language": "ru-KZ,ru;q=0.9"})
    assert '<html lang="ru">' in page
    assert "Войти" in text_of(page)


@pytest.mark.parametrize("accepted", ["kz", "kz-KZ", "kk-KZ,ru;q=0.9"])
async def test_browsers_that_ask_for_kazakh_get_kazakh_pages(stranger: Editor, accepted: str) -> None:
    page = await stranger.open("/admin/login", headers={"Accept-Language": accepted})
    assert '<html lang="kk">' in page
    assert "Кіру" in text_of(page)


async def test_language_switch_keeps_the_query(editor: Editor) -> None:
    page = await editor.open("/admin/posts?state=failed&notice=saved")
    assert 'href="/admin/posts?state=failed&amp;lang=ru"' in page
