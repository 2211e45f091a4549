"""The audit pack: every point of TikTok's checklist, each with a picture that is there."""

import pytest

from app.admin.approval.pack import POINTS, STEPS
from app.admin.shell.templating import STATIC_DIR
from app.resources import Resources
from tests.admin.support import Editor, text_of

PACK = "/admin/audit-pack"
# TikTok's own numbers, as open-api.md has them.
CHECKLIST = [
    "1a",
    "1b",
    "1c",
    "2a",
    "2b",
    "2c",
    "2d",
    "3a",
    "3b",
    "3c",
    "3d",
    "3e",
    "3f",
    "4",
    "5a",
    "5b",
    "5c",
    "5d",
    "5e",
    "6",
    "7",
]


def test_no_point_of_the_checklist_is_left_out() -> None:
    assert [point.number for point in POINTS] == CHECKLIST
    assert {point.number for point in POINTS if not point.pictures} == {"1c", "6", "7"}


async def test_each_picture_stands_beside_its_point_and_none_is_left_over(editor: Editor) -> None:
    page = await editor.open(PACK)
    named = {name for one in (*POINTS, *STEPS) for name in one.pictures}
    assert {path.stem for path in (STATIC_DIR / "audit").glob("*.png")} == named
    for name in named:
        assert f'src="/static/audit/{name}.png?v=' in page
        assert (await editor.client.get(f"/static/audit/{name}.png")).headers["content-type"] == "image/png"
    assert "data-print" in page


@pytest.mark.parametrize(("language", "words"), [("en", "Audit pack"), ("ru", "Материалы для аудита")])
async def test_it_is_in_english_within_the_reader_s_own_page(editor: Editor, language: str, words: str) -> None:
    page = await editor.open(f"{PACK}?lang={language}")
    assert words in text_of(page)
    assert "The checklist" in text_of(page[page.index('<article class="pack stack" lang="en">') :])


async def test_it_says_when_tiktok_is_emulated(editor: Editor, sqlite_resources: Resources) -> None:
    settings = sqlite_resources.settings
    page = text_of(await editor.open(PACK))
    assert settings.tiktok_api_base_url in page
    assert ("(emulated)" in page) is not settings.tiktok_api_base_url.endswith("tiktokapis.com")
