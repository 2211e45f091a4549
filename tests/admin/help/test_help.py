"""The manual as it is served: every page, its anchors and links, and the search."""

import re
from html import unescape

import pytest

from app.admin.help.contents import PARTS
from app.admin.help.manual import FOLDER, locate, read_manual
from app.admin.help.markdown import read_document
from app.admin.help.search import LONGEST_QUERY, Search
from app.messages.translator import LANGUAGES, translator
from tests.admin.messages import find_messages, list_templates
from tests.admin.support import Editor, text_of
from tests.support.manual import MANUAL, prose

HELP = "/admin/help"
ENTRIES = [entry for part in PARTS for entry in part.entries]
TRANSLATED = [language for language in LANGUAGES if language != "en"]


def test_every_file_is_a_page_and_has_the_title_of_its_entry() -> None:
    assert {entry.slug for entry in ENTRIES} == set(MANUAL) - {"index"}
    for page in read_manual().pages:
        assert page.document.title == page.entry.title
        assert MANUAL[page.entry.slug].startswith(f"# {page.entry.title}\n")


def test_the_contents_in_the_repository_are_those_that_are_served() -> None:
    listed = re.findall(r"^- \[(.+)\]\((.+)\.md\): (.+)$", MANUAL["index"], re.MULTILINE)
    assert listed == [(entry.title, entry.slug, entry.summary) for entry in ENTRIES]
    assert re.findall(r"^## (.+)$", MANUAL["index"], re.MULTILINE) == [part.title for part in PARTS]


@pytest.mark.parametrize("slug", MANUAL)
def test_page_is_markdown_without_html(slug: str) -> None:
    text = re.sub(r"`[^`\n]+`|<https?://[^>\s]+>", "", prose(MANUAL[slug]))
    assert not re.search(r"<[a-z!/]", text)
    assert len(re.findall(r"^# ", prose(MANUAL[slug]), re.MULTILINE)) == 1
    assert all(len(line) <= 160 or line.startswith("|") for line in MANUAL[slug].splitlines())


@pytest.mark.parametrize("slug", MANUAL)
def test_words_of_the_pages_are_quoted_as_they_stand_there(slug: str) -> None:
    known = {text for message in find_messages() for text in message}
    quoted = re.findall(r"“([^”]+)”", MANUAL[slug].replace("\n", " "))
    assert [words for words in quoted if words not in known] == []


async def test_strangers_are_led_to_the_login(stranger: Editor) -> None:
    for path in (HELP, f"{HELP}/states", f"{HELP}?q=post"):
        answer = await stranger.client.get(path, headers={"accept": "text/html"})
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/admin/login?next=")


async def test_every_page_is_served_between_its_neighbours(editor: Editor) -> None:
    for place, entry in enumerate(ENTRIES):
        page = await editor.open(f"{HELP}/{entry.slug}")
        assert f"<h1>{entry.title}</h1>" in unescape(page)
        assert f'href="{HELP}/{entry.slug}" aria-current="page"' in page
        assert re.findall(r'rel="prev" href="([^"]+)"', page) == [f"{HELP}/{e.slug}" for e in ENTRIES[:place][-1:]]
        following = ENTRIES[place + 1 : place + 2]
        assert re.findall(r'rel="next" href="([^"]+)"', page) == [f"{HELP}/{e.slug}" for e in following]


async def test_every_link_and_anchor_leads_somewhere(editor: Editor) -> None:
    pages = {f"{HELP}/{entry.slug}": await editor.open(f"{HELP}/{entry.slug}") for entry in ENTRIES}
    pages[HELP] = await editor.open(HELP)
    ids = {path: re.findall(r'\sid="([^"]+)"', page) for path, page in pages.items()}
    for path, page in pages.items():
        assert len(ids[path]) == len(set(ids[path])), path
        for link in re.findall(r'href="([^"]+)"', page):
            target, _, anchor = link.partition("#")
            if (target.startswith(HELP) and "?" not in target) or not target:
                assert (target or path) in pages, f"{path}: {link}"
                assert not anchor or anchor in ids[target or path], f"{path}: {link}"


def test_other_pages_lead_to_pages_of_the_manual_that_there_are() -> None:
    manual = read_manual()
    found = 0
    for template in list_templates():
        source = template.read_text(encoding="utf-8")
        for slug, anchor in re.findall(r'help_link\("([\w-]+)(?:#([\w-]+))?"', source):
            page = manual.get(slug)
            assert not anchor or anchor in {section.anchor for section in page.document.sections}
            found += 1
    assert found > 4


async def test_pictures_are_served_for_a_year_with_their_type(editor: Editor) -> None:
    page = await editor.open(f"{HELP}/states")
    (picture,) = re.findall(r'<img src="([^"]+)"', page)
    answer = await editor.client.get(unescape(picture))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    bare = await editor.client.get(picture.partition("?")[0])
    assert bare.status_code == 200
    assert "immutable" not in bare.headers.get("cache-control", "")


async def test_page_that_is_none_is_a_404_with_the_way_back(editor: Editor) -> None:
    for slug in ("nothing", "states.md", "..%2Fstates", "index"):
        assert "There is no such page" in await editor.open(f"{HELP}/{slug}", status=404)


@pytest.mark.parametrize("language", TRANSLATED)
async def test_the_frame_is_in_the_reader_s_language_and_says_that_the_manual_is_not(
    editor: Editor, language: str
) -> None:
    i18n = translator(language)
    contents = await editor.open(f"{HELP}?lang={language}")
    for entry in ENTRIES:
        assert i18n.gettext(entry.title) in text_of(contents)
        assert i18n.gettext(entry.summary) in text_of(contents)
    page = await editor.open(f"{HELP}/states?lang={language}")
    assert i18n.gettext("The manual is written in English.") in text_of(page)
    assert f"<title>{i18n.gettext('States of a post')} · Newsreel</title>" in page
    assert '<article class="card prose" lang="en">' in page


async def test_search_shows_the_words_where_they_stand(editor: Editor) -> None:
    page = await editor.open(f"{HELP}?q=  PULL   window ")
    assert 'value="PULL window"' in page
    assert f'<a href="{HELP}/unconfirmed#what-counts-as-proof">' in page
    assert "<mark>pull</mark> <mark>window</mark>" in page


async def test_search_finds_cyrillic_in_any_case(editor: Editor) -> None:
    page = await editor.open(f"{HELP}?q=ЖАҢА МЕКТЕП")
    assert f'<a href="{HELP}/cms-generic#send-one-from-a-shell">' in page
    assert "<mark>Жаңа</mark> <mark>мектеп</mark>" in page


@pytest.mark.parametrize(("language", "query", "slug"), [("ru", "ХЕШТЕГ", "captions"), ("kk", "сақтық", "backups")])
async def test_search_knows_the_contents_in_the_reader_s_language(
    editor: Editor, language: str, query: str, slug: str
) -> None:
    page = await editor.open(f"{HELP}?lang={language}&q={query}")
    assert f'<h3><a href="{HELP}/{slug}">' in page


async def test_search_for_what_is_nowhere_says_so(editor: Editor) -> None:
    page = await editor.open(f"{HELP}?q=<script>alert(1)</script>&lang=kk")
    assert "Нұсқаулықта «&lt;script&gt;alert(1)&lt;/script&gt;» жоқ" in page
    assert f'href="{HELP}"' in page


async def test_search_takes_no_endless_words(editor: Editor) -> None:
    await editor.open(f"{HELP}?q={'x' * (LONGEST_QUERY + 1)}", status=400)
    await editor.open(f"{HELP}?q=%00", status=400)
    assert "Set up" in await editor.open(f"{HELP}?q=%20%20")


@pytest.mark.parametrize(
    "query", ["(", "[a-z]+", ".*", "\\", "*", "ß", "İ", "é", "\u202e", "a b c d e f g h i j k l m n"]
)
def test_search_takes_any_text_for_itself(query: str) -> None:
    found = Search(query).look(read_manual(), translator("en"))
    for hit in found.hits:
        plain = unescape(re.sub(r"<[^>]+>", "", str(hit.snippet)))
        assert "<mark>" not in plain
    assert len(Search(".*").look(read_manual(), translator("en")).hits) <= 2


def test_search_prefers_headings_and_titles() -> None:
    hits = Search("backups").look(read_manual(), translator("en")).hits
    assert hits[0].href == f"{HELP}/backups"


PAGE = """# A page

First <b>words</b>, <script>alert(1)</script>.

## `code` & more

A [link](other.md#there), [outside](https://example.org/), [up](#code--more), [bad](javascript:alert(1)).

## `code` & more

| a | b |
|---|---|
| 1 | 2 |

```sh
echo "<x>" && rm
```
"""


def test_markdown_becomes_html_that_needs_no_trust() -> None:
    document = read_document(PAGE, locate)
    html = str(document.html)
    assert "<b>" not in html
    assert "<script" not in html
    assert "javascript:" not in re.sub(r">[^<]*<", "><", html)
    assert 'href="/admin/help/other#there"' in html
    assert '<a href="https://example.org/" rel="noopener noreferrer" target="_blank">' in html
    assert "echo &quot;&lt;x&gt;&quot; &amp;&amp; rm" in html
    assert [section.anchor for section in document.sections] == ["", "code--more", "code--more-1"]
    assert document.sections[2].text == 'a b 1 2 echo "<x>" && rm'
    assert 'id="code--more"' in html
    assert 'id="code--more-1"' in html


def test_address_that_leads_out_of_the_manual_is_an_error() -> None:
    with pytest.raises((ValueError, OSError)):
        locate("../../app/config.py")
    assert FOLDER.is_dir()


def test_the_manual_is_read_once() -> None:
    assert read_manual() is read_manual()
