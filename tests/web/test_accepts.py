import pytest

from app.web.accepts import wants_page

CHROMIUM = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "is_person"),
    [
        (CHROMIUM, True),
        ("text/html", True),
        ("TEXT/HTML;level=1, application/json;q=0.5", True),
        ("application/json, text/html;q=0.5", False),
        ("application/problem+json,text/html", True),
        ("*/*", False),
        ("application/json", False),
        ("text/html;q=0", False),
        ("text/html;q=x", False),
        ("", False),
    ],
)
def test_a_browser_is_told_from_a_program(accept, is_person):
    assert wants_page(accept) is is_person
