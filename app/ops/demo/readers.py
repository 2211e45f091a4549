"""What the demo's readers write under ads: in three languages, questions, complaints, and one who wants to sell."""

from collections.abc import Sequence

import httpx

from app.ops.demo.calls import call

_CONTROL = "http://127.0.0.1/_emulator/business"
_ADS = 3
_COMMENTS: Sequence[tuple[int, str, str]] = (
    (0, "Айгерім", "Кітапхана демалыс күндері ашық па?"),
    (0, "marat_k", "Наконец-то! Сколько лет ждали."),
    (0, "best.deals.24", "Самые дешёвые кроссовки, пишите в личку!!!"),
    (1, "Ерлан", "Көпір қашан ашылады?"),
    (1, "Ольга С.", "Опять всё перекопали и бросили. Кто за это ответит?"),
    (1, "best.deals.24", "Кроссовки по 5 000, ссылка в профиле"),
    (2, "Dana", "Where can I read the whole story?"),
    (2, "Тимур", "Рақмет, пайдалы жаңалық!"),
    (2, "nurlan.b", "Это правда? Есть документ?"),
)
_MINUTES_BETWEEN = 17


async def fill_the_inbox(business: httpx.AsyncClient) -> int:
    """Let ads run in the emulated ad account and readers comment on them; tell how many comments there are.

    They come into the inbox when somebody connects the ad account at `/social/`. Raises DemoFailed.
    """
    history = await call(business, "POST", f"{_CONTROL}/history", json={"campaigns": _ADS, "days": 3})
    ads = [item["ad_id"] for item in history["items"]]
    for number, (ad, author, text) in enumerate(_COMMENTS):
        ago = 60.0 * _MINUTES_BETWEEN * (len(_COMMENTS) - number)
        wish = {"ad_id": ads[ad], "user_name": author, "text": text, "seconds_ago": ago}
        await call(business, "POST", f"{_CONTROL}/comments", json=wish)
    return len(_COMMENTS)
