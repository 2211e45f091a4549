"""The editor of caption templates: what is typed is tried on real articles, saved, refused with its line, restored."""

import re
from html import unescape

from app.posts.prepare.caption_settings import load_templates
from app.resources import Resources
from tests.admin.captions.articles import new_article
from tests.admin.support import Editor, text_of

PAGE = "/admin/captions"
TITLE = {"kind": "photo_title", "language": "kk"}


async def saved(resources: Resources) -> dict[tuple[str, str], str]:
    async with resources.read() as session:
        return dict(await load_templates(session))


async def test_without_articles_ours_show_what_a_template_makes(editor: Editor) -> None:
    page = text_of(await editor.open(PAGE))
    assert "Сәтбаевта жаңа мектеп ашылды" in page
    assert "Description of photos: All languages without one of their own" in page
    for name in ("title", "excerpt", "link", "hashtags", "tags", "category", "source_name", "breaking"):
        assert name in page


async def test_the_live_view_is_of_the_newsrooms_own_last_articles(editor: Editor, sqlite_resources: Resources) -> None:
    await new_article(sqlite_resources, title="Өз мақаламыз", language="kk")
    await new_article(sqlite_resources, title="Наша статья", language="ru")
    shown = unescape(await editor.open(f"{PAGE}?kind=photo_title&language=kk"))
    assert "Өз мақаламыз" in shown
    assert "Наша статья" not in shown
    answer = await editor.submit(f"{PAGE}/preview", page=PAGE, **TITLE, source="{{ title | upper }}!")
    assert answer.status_code == 200
    assert "ӨЗ МАҚАЛАМЫЗ!" in text_of(answer.text)
    assert "Title: 13 / 90" in text_of(answer.text)
    assert await saved(sqlite_resources) == {}


async def test_a_fragment_answers_where_script_asks(editor: Editor) -> None:
    token = re.search(r'"X-CSRFToken": "(\w+)"', unescape(await editor.open(PAGE)))
    assert token
    headers = {"HX-Request": "true", "X-CSRFToken": token[1]}
    data = {**TITLE, "source": "{{ title }}\n{{ nothing }}"}
    answer = await editor.client.post(f"{PAGE}/preview", data=data, headers=headers)
    assert "<html" not in answer.text
    assert "Line 2:" in text_of(answer.text)


async def test_a_template_is_saved_and_a_bad_one_refused_with_its_line_and_kept_as_typed(
    editor: Editor, sqlite_resources: Resources
) -> None:
    answer = await editor.submit(PAGE, page=PAGE, **TITLE, source="{{ title }}\r\n🔥")
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"{PAGE}?kind=photo_title&language=kk&notice=saved",
    )
    assert await saved(sqlite_resources) == {("photo_title", "kk"): "{{ title }}\n🔥"}
    bad = await editor.submit(PAGE, page=PAGE, **TITLE, source="{{ title }}\n{% set x = 1 %}")
    assert bad.status_code == 422
    assert "Line 2:" in text_of(bad.text)
    assert "{% set x = 1 %}" in unescape(bad.text)
    assert await saved(sqlite_resources) == {("photo_title", "kk"): "{{ title }}\n🔥"}


async def test_one_goes_back_by_one_click_and_to_the_shipped_one(editor: Editor, sqlite_resources: Resources) -> None:
    for source in ("{{ title }} 1", "{{ title }} 2", "{{ title }} 2"):
        await editor.submit(PAGE, page=PAGE, **TITLE, source=source)
    here = f"{PAGE}?kind=photo_title&language=kk"
    page = await editor.open(here)
    assert len(re.findall(r'class="subcard version"', page)) == 3  # the shipped one, and two that differ
    buttons = re.findall(r'action="([^"]*/versions/[^"]+)"', page)
    answer = await editor.submit(buttons[0], page=here)
    assert answer.status_code == 303
    assert await saved(sqlite_resources) == {("photo_title", "kk"): "{{ title }} 1"}
    assert "It is as it was then." in text_of(await editor.open(answer.headers["location"]))
    await editor.submit(f"{PAGE}/shipped", page=here, **TITLE)
    assert await saved(sqlite_resources) == {}
    assert (await editor.submit(f"{PAGE}/versions/gone", page=here)).status_code == 404


async def test_what_a_template_prints_never_becomes_markup(editor: Editor, sqlite_resources: Resources) -> None:
    await new_article(sqlite_resources, title="<img src=x onerror=alert(1)>")
    answer = await editor.submit(f"{PAGE}/preview", page=PAGE, **TITLE, source="{{ title }}<script>alert(2)</script>")
    assert "<img src=x" not in answer.text
    assert "<script>alert" not in answer.text
