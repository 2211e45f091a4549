"""The demo's newsroom: a web server with its articles, all made up, and photographs that we have drawn."""

import json
import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import Any

_ARTICLES = Path(__file__).parent / "articles.json"
_PAGE = re.compile(r"/(?:kk|ru|en)/(\d{1,12})")
_SCENE = re.compile(r"/scenes/(\d{1,4})\.jpg")
_SKIES = (
    ((38, 44, 96), (250, 172, 120)), ((24, 62, 110), (170, 214, 240)), ((70, 40, 80), (255, 196, 150)),
    ((16, 40, 60), (120, 190, 180)), ((92, 120, 160), (238, 240, 236)), ((30, 30, 60), (220, 120, 90)),
)  # fmt: skip


@contextmanager
def newsroom() -> Iterator[str]:
    """Serve a page per article, one photograph of 12 megapixels, and smaller scenes by number; anything else is 404."""
    photograph = _photograph()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if page := _PAGE.fullmatch(self.path):
                self._answer("text/html; charset=utf-8", write_page(int(page[1])))
            elif scene := _SCENE.fullmatch(self.path):
                self._answer("image/jpeg", draw_scene(int(scene[1])))
            else:
                self._answer("image/jpeg", photograph if self.path == "/library.jpg" else b"")

        def _answer(self, kind: str, body: bytes) -> None:
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", kind if body else "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


def read_articles() -> list[dict[str, Any]]:
    """Read the articles: language, category, title, excerpt, tags, and how many pictures there are."""
    articles: list[dict[str, Any]] = json.loads(_ARTICLES.read_text(encoding="utf-8"))
    return articles


def write_page(number: int) -> bytes:
    """Write an article's page, so that the links of the desk lead somewhere."""
    articles = read_articles()
    article = (
        articles[number] if number < len(articles) else {"title": "Demo newsroom", "excerpt": "", "language": "en"}
    )
    return (
        f'<!doctype html><html lang="{article["language"]}"><meta charset="utf-8">'
        f"<title>{escape(article['title'])}</title><h1>{escape(article['title'])}</h1><p>{escape(article['excerpt'])}</p>"
    ).encode()


@lru_cache(maxsize=64)
def draw_scene(number: int) -> bytes:
    """Draw hills or houses under a sky, the same ones for the same number: a JPEG of some 1.4 megapixels."""
    from PIL import Image, ImageDraw

    dice = random.Random(number)  # noqa: S311 - it draws hills
    width, height = dice.choice(((1080, 1350), (1350, 1080), (1080, 1080)))
    top, bottom = dice.choice(_SKIES)
    ramp = Image.linear_gradient("L").resize((width, height))
    bands = [
        ramp.point([low + (high - low) * v // 255 for v in range(256)]) for low, high in zip(top, bottom, strict=True)
    ]
    picture = Image.merge("RGB", bands)
    draw = ImageDraw.Draw(picture)
    x, y, radius = dice.randrange(width), dice.randrange(height // 3), dice.randrange(50, 130)
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(255, 236, 190))
    shade = [max(0, part - 30) for part in top]
    for depth in range(3):
        dark = tuple(part * (3 - depth) // 4 for part in shade)
        ground = height * (6 + depth) // 10
        if number % 2:
            points = [(step * width // 8, ground - dice.randrange(height // 6)) for step in range(9)]
            draw.polygon([(0, height), *points, (width, height)], fill=dark)
        else:
            left = 0
            while left < width:
                wide = dice.randrange(60, 180)
                draw.rectangle((left, ground - dice.randrange(height // 5), left + wide - 8, height), fill=dark)
                left += wide
    file = BytesIO()
    picture.save(file, "JPEG", quality=85)
    return file.getvalue()


def _photograph() -> bytes:
    from PIL import Image, ImageDraw

    dusk = Image.linear_gradient("L").resize((4000, 3000))
    bands = (
        dusk.point(lambda v: 38 + v * 5 // 6),
        dusk.point(lambda v: 44 + v // 2),
        dusk.point(lambda v: 96 + v // 6),
    )
    picture = Image.merge("RGB", bands)
    draw = ImageDraw.Draw(picture)
    for number in range(24):
        left = 120 + number * 160
        draw.rectangle((left, 2950 - (number * 7919) % 1400, left + 130, 3000), fill=(28, 34, 48))
    draw.ellipse((2900, 380, 3400, 880), fill=(255, 214, 120))
    file = BytesIO()
    picture.save(file, "JPEG", quality=90)
    return file.getvalue()
