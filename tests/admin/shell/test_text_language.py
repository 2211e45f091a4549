import pytest
from sqlmodel import update

from app.admin.shell.text_language import language_attributes
from app.articles.models import Article
from app.posts.models import PostState
from app.resources import Resources
from tests.admin.support import Editor, make_newsroom


@pytest.mark.parametrize(
    ("language", "attributes"),
    [
        ("kk", 'lang="kk" dir="ltr"'),
        ("KZ", 'lang="kk" dir="ltr"'),
        ("ar", 'lang="ar" dir="rtl"'),
        ("ar-EG", 'lang="ar" dir="rtl"'),
        ("fa", 'lang="fa" dir="rtl"'),
        ("ug", 'lang="ug" dir="rtl"'),
        ("kk-Arab", 'lang="kk-Arab" dir="rtl"'),
        ("kk_Cyrl_KZ", 'lang="kk-Cyrl" dir="ltr"'),
        ("xx", 'lang="" dir="auto"'),
        ("", 'lang="" dir="auto"'),
        (None, 'lang="" dir="auto"'),
        ('"><script>', 'lang="" dir="auto"'),
    ],
)
def test_words_carry_their_language_and_direction(language, attributes):
    assert language_attributes(language) == attributes


async def test_article_s_words_carry_them_wherever_they_are_shown(editor: Editor, sqlite_resources: Resources) -> None:
    ids = await make_newsroom(sqlite_resources)
    async with sqlite_resources.transaction() as session:
        await session.exec(update(Article).values(language="ar"))
    rows = await editor.open("/admin/posts?lang=ru")
    assert rows.count('lang="ar" dir="rtl">Title of') == len(ids)
    page = await editor.open(f"/admin/posts/{ids[PostState.awaiting_approval]}")
    assert '<h1 class="post-heading" lang="ar" dir="rtl">' in page
    assert '<div class="caption" lang="ar" dir="rtl">' in page
    assert page.count('<textarea id="title" name="title" rows="2" lang="ar" dir="rtl"') == 1
    assert page.count('<textarea id="description" name="description" rows="8" lang="ar" dir="rtl"') == 1
