"""Templates print what they should; edited ones can neither fail nor harm."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.captions.checker import TemplateRefused
from app.captions.schemas import CaptionArticle, CaptionLimits, CaptionNote, TemplateKind
from app.captions.service import render_caption
from app.captions.templates import MAX_OUTPUT, TEMPLATES, once_per_text, print_template, validate_template
from app.errors import Invalid
from app.kit.text import utf16_len

VARIABLES: dict[str, object] = {
    "title": "Title",
    "excerpt": "Excerpt",
    "link": "https://news.example/a",
    "hashtags": ("#a", "#b"),
    "tags": ("one", "two"),
    "category": "Sport",
    "language": "ru",
    "source_name": "AIMAK",
    "breaking": True,
}
HUGE = CaptionArticle(
    title="т" * 5000,
    excerpt="слово " * 3000,
    url="https://news.example/a",
    tags=tuple(f"tag{n}" for n in range(100)),
    breaking=True,
)


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.jinja")), ids=lambda path: path.name)
def test_every_shipped_template_passes_the_check_for_edited_ones(path):
    kind = path.name.split(".")[0]
    validate_template(path.read_text(encoding="utf-8"), kind)


def test_every_kind_has_a_shipped_template():
    assert {path.name.split(".")[0] for path in TEMPLATES.glob("*.jinja")} == set(TemplateKind)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ title }} {{ article.title }} {{ article['title'] }}", "Title Title Title"),
        ("{{ hashtags }}", "#a #b"),
        ("{{ hashtags|join(', ') }}|{{ tags|first }}", "#a, #b|one"),
        ("{% for tag in hashtags %}{{ loop.index }}{{ tag }}{% if not loop.last %};{% endif %}{% endfor %}", "1#a;2#b"),
        ("{% for tag in article.tags %}{{ tag|upper }}{% else %}none{% endfor %}", "ONETWO"),
        ("{% if breaking and language == 'ru' %}СРОЧНО{% elif breaking %}!{% else %}-{% endif %}", "СРОЧНО"),
        ("{% if 'one' in tags and 'x' not in title %}y{% endif %}", "y"),
        ("{{ 'a' if breaking else 'b' }}{{ title or excerpt }}", "aTitle"),
        ("{{ title|lower|trim|capitalize|title }}", "Title"),
        ("{{ excerpt|cut(5) }}{{ excerpt|truncate(100) }}", "Exce…Excerpt"),
        ("{{ source_name|default('x') }}{{ ''|default('y', true) }}", "AIMAKy"),
        ("{# a note #}{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
        ("{{ 5 }}{% for t in tags %}{% if loop.index >= 2 %}{{ t }}{% endif %}{% endfor %}", "5two"),
        ("", ""),
    ],
)
def test_prints_what_is_allowed(source: str, expected: str):
    validate_template(source, "photo_description")
    assert print_template(source, VARIABLES) == expected


REFUSED = [
    "{{ 'a' * 100000000 }}",
    "{{ 'a' * 10 ** 9 }}",
    "{{ 9 ** 9 ** 9 }}",
    "{{ 1 + 1 }}",
    "{{ -1 }}",
    "{{ 7 // 2 }}",
    "{{ '%900000000d' % 1 }}",
    "{{ title % tags }}",
    "{{ title ~ title }}",
    "{{ lipsum(n=100000) }}",
    "{{ range(99999) }}",
    "{{ cycler('a').next() }}",
    "{{ joiner() }}",
    "{{ namespace(a=1) }}",
    "{{ dict(a=1) }}",
    "{{ '{:900000000}'.format(1) }}",
    "{{ '{0.__class__}'.format(title) }}",
    "{{ '{a}'.format_map({'a': 1}) }}",
    "{{ 'x'.ljust(90000000) }}",
    "{{ 'x'.__class__.__mro__[1].__subclasses__() }}",
    "{{ title.__class__ }}",
    "{{ title.upper }}",
    "{{ title.upper() }}",
    "{{ title['upper'] }}",
    "{{ title[0] }}",
    "{{ title[:5] }}",
    "{{ title|attr('__class__') }}",
    "{{ article.__class__ }}",
    "{{ article.keys }}",
    "{{ article[title] }}",
    "{{ article['__init__'] }}",
    "{{ article }}",
    "{{ self }}",
    "{{ self._TemplateReference__context }}",
    "{{ loop }}",
    "{{ loop.index }}",
    "{{ config }}",
    "{{ request }}",
    "{{ titel }}",
    "{{ title|center(99999999) }}",
    "{{ title|indent(99999999) }}",
    "{{ title|format(1) }}",
    "{{ title|replace('T', 'TTTTTTTTT') }}",
    "{{ title|map('upper') }}",
    "{{ tags|batch(99999999, 'x') }}",
    "{{ tags|join(excerpt) }}",
    "{{ tags|join('123456789012345678901') }}",
    "{{ tags|upper }}",
    "{{ title|first }}",
    "{{ title|cut(99999999) }}",
    "{{ title|cut(true) }}",
    "{{ title|cut('5') }}",
    "{{ title|cut }}",
    "{{ title|cut(length=5) }}",
    "{{ title|cut(*tags) }}",
    "{{ title|default(tags) }}",
    "{{ title|nosuchfilter }}",
    "{{ title is defined }}",
    "{{ breaking }}",
    "{{ title == 'a' }}",
    "{{ none }}",
    "{{ 1.5 }}",
    "{{ [1] }}",
    "{{ {'a': 1} }}",
    "{{ (1, 2) }}",
    "{{ 'a' if breaking }}",
    "{% if 'a' in breaking %}{% endif %}",
    "{% if 1 in title %}{% endif %}",
    "{% if title > 5 %}{% endif %}",
    "{% if title < excerpt %}{% endif %}",
    "{% for a in tags %}{% for b in tags %}{{ a }}{{ b }}{% endfor %}{% endfor %}",
    "{% for a in tags %}{% if a %}{% for b in tags %}{{ b }}{% endfor %}{% endif %}{% endfor %}",
    "{% for a in title %}{{ a }}{% endfor %}",
    "{% for a in range(99) %}{{ a }}{% endfor %}",
    "{% for a, b in tags %}{{ a }}{% endfor %}",
    "{% for a in tags if a %}{{ a }}{% endfor %}",
    "{% for a in tags recursive %}{{ loop(tags) }}{% endfor %}",
    "{% for a in tags %}{% endfor %}{{ a }}",
    "{% for title in tags %}{% endfor %}",
    "{% for loop in tags %}{% endfor %}",
    "{% for a in tags %}{{ loop.previtem }}{% endfor %}",
    "{% for a in tags %}{{ loop.cycle('a') }}{% endfor %}",
    "{% set x = title %}",
    "{% set x %}a{% endset %}",
    "{% macro m() %}{{ m() }}{% endmacro %}",
    "{% call title() %}{% endcall %}",
    "{% filter upper %}a{% endfilter %}",
    "{% include 'photo_title.jinja' %}",
    "{% import 'a' as b %}",
    "{% from 'a' import b %}",
    "{% extends 'a' %}",
    "{% block a %}{% endblock %}",
    "{% with a = 1 %}{% endwith %}",
    "{% autoescape true %}{% endautoescape %}",
    "{% do title %}",
    "{% trans %}a{% endtrans %}",
    "{% if title %}",
    "{{ title",
    "{{ }}",
    "{{ title }",
    "{% endif %}",
    "{{ " + "9" * 5000 + " }}",
    "{{ 1e999 }}",
    "{{ " + "(" * 3000 + "title" + ")" * 3000 + " }}",
    "{{ " + "not " * 2000 + "title }}",
    "{{ title" + "|upper" * 1500 + " }}",
    "{% if title %}" * 400 + "{% endif %}" * 400,
    "{% for a in tags %}" + "{{ a|upper }}" * 100 + "{% endfor %}",
    "{{ title }}\n" + "".join(f"{{{{ excerpt|cut({3000 + n}) }}}}" for n in range(9)),
    "{% for a in tags %}" + "{% if a in excerpt %}x{% endif %}" * 21 + "{% endfor %}",
    "{% if title == excerpt %}x{% endif %}" * 101,
    "{{ title }}" * 900,
    "ы" * 5001,
    "x" * 10_001,
]


@pytest.mark.parametrize("source", REFUSED, ids=lambda source: source[:40])
def test_refuses_within_a_second_what_could_harm_or_fail(source: str):
    started = time.process_time()
    with pytest.raises(TemplateRefused) as refusal:
        validate_template(source, "photo_description")
    assert time.process_time() - started < 1
    assert refusal.value.line >= 1
    assert refusal.value.reason


@pytest.mark.parametrize(
    "source",
    [
        "{{ excerpt }}" * 500,
        "{% for tag in tags %}" + "{{ excerpt }}{{ title }}" * 100 + "{% endfor %}",
        "{% for tag in tags %}" + "{{ excerpt|cut(3999) }}" * 30 + "{% endfor %}",
        "{% for tag in tags %}"
        + "{% if excerpt|upper|lower|trim|capitalize == tag %}x{% endif %}" * 9
        + "{% endfor %}",
        "{% for tag in tags %}{% endfor %}" * 140,
        "{% for tag in tags %}"
        + "{% if excerpt|title|upper|lower|capitalize|title|upper|lower|capitalize|title == tag %}x{% endif %}" * 4
        + "{% endfor %}",
        "{% for tag in tags %}"
        + "".join(f"{{% if excerpt|title|cut({3980 + n}) == tag %}}x{{% endif %}}" for n in range(8))
        + "{% endfor %}{{ excerpt }}",
        "{% for tag in tags %}" + "{% if excerpt in excerpt|upper %}x{% endif %}" * 20 + "{% endfor %}{{ excerpt }}",
        "{% if excerpt %}" + "x" * 4001 + "{% endif %}",
        "x" * 10_000,
        "#tag " * 2000,
        "{{ '\\ud800\\u202e' }}ok",
        "{{ tags|join('\\n\\n\\n\\n\\n') }}" * 30,
    ],
    ids=lambda source: source[:40],
)
def test_what_passes_is_cut_within_a_second_however_much_it_prints(source: str):
    validate_template(source, "photo_description")
    started = time.process_time()
    caption = render_caption(HUGE, kind="photo", templates={("photo_description", "default"): source}, with_link=True)
    assert time.process_time() - started < 1
    assert utf16_len(caption.description) <= CaptionLimits().description < MAX_OUTPUT
    assert "\u202e" not in caption.description
    caption.description.encode("utf-8")


def test_what_a_filter_gives_is_worked_out_once_per_text_and_then_let_go():
    source = "{% for tag in tags %}{{ excerpt|title|cut(10) }}{% endfor %}"
    print_template(source, {**VARIABLES, "tags": tuple("abcdefgh")})
    assert once_per_text.cache_info().misses == 2
    render_caption(CaptionArticle(title="T"), kind="photo")
    assert once_per_text.cache_info().currsize == 0


def test_printing_stops_soon_after_its_cap():
    printed = print_template("{{ excerpt }}" * 500, {**VARIABLES, "excerpt": "x" * 4000})
    assert MAX_OUTPUT < len(printed) <= MAX_OUTPUT + 4000


def test_a_refusal_names_line_and_reason():
    with pytest.raises(TemplateRefused) as refusal:
        validate_template("{{ title }}\n\n{{ lipsum(n=5) }}", "video_caption")
    assert isinstance(refusal.value, Invalid)
    assert (refusal.value.line, refusal.value.code) == (3, "template_refused")
    assert str(refusal.value) == "Line 3: a call is not allowed in a caption template"
    with pytest.raises(TemplateRefused, match=r"Line 2: “titel” is unknown; there is title"):
        validate_template("a\n{{ titel }}", "photo_title")
    with pytest.raises(TemplateRefused, match=r"Line 2: "):
        validate_template("a\n{% if %}", "photo_title")


def test_refuses_an_unknown_kind():
    with pytest.raises(TemplateRefused, match="no kind of template"):
        validate_template("{{ title }}", "haiku")


FRAGMENTS = [
    "{{ ",
    " }}",
    "{% ",
    " %}",
    "if ",
    "endif",
    "for a in ",
    "endfor",
    "else",
    "title",
    "tags",
    "breaking",
    "a",
]
FRAGMENTS += [
    "|upper",
    "|join",
    "|first",
    "|cut(3)",
    " in ",
    " == ",
    " and ",
    " not ",
    "loop.last",
    "'x'",
    "5",
    "(",
    ")",
]
FRAGMENTS += [
    "{{ title }}",
    "{% if breaking %}",
    "{% endif %}",
    "{% for a in tags %}",
    "{% endfor %}",
    "{{ a }}",
    " or ",
]


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=14).map("".join))
def test_a_template_that_passes_the_check_never_fails_when_printed(source: str):
    try:
        validate_template(source, "photo_description")
    except TemplateRefused:
        return
    assert isinstance(print_template(source, VARIABLES), str)
    empty: dict[str, object] = {
        name: "" if isinstance(value, str) else () if isinstance(value, tuple) else False
        for name, value in VARIABLES.items()
    }
    assert isinstance(print_template(source, empty), str)


def test_a_stored_template_that_no_longer_passes_gives_way_to_the_shipped_one():
    caption = render_caption(
        CaptionArticle(title="Title", excerpt="Text"),
        kind="photo",
        templates={("photo_title", "default"): "{{ lipsum() }}"},
    )
    assert caption.title == "Title"
    assert CaptionNote.template_refused in caption.notes
