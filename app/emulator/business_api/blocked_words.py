"""Words that keep a comment from being seen."""

from typing import Annotated, Any

import msgspec

from app.emulator.business_api.access import need_advertiser
from app.emulator.business_api.book import Book
from app.emulator.business_api.call import Call, read, write
from app.emulator.business_api.errors import NOT_FOUND, BusinessError, refuse
from app.emulator.business_api.paging import cut_page
from app.emulator.business_api.sheets import write_csv
from app.emulator.business_api.tasks import begin_task, need_task, state_of

_MOST_WORDS = 500
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class Words(msgspec.Struct):
    advertiser_id: str
    blocked_words: Annotated[list[Word], msgspec.Meta(min_length=1, max_length=_MOST_WORDS)]


class Update(msgspec.Struct):
    advertiser_id: str
    old_word: str
    new_word: Word


class List(msgspec.Struct):
    advertiser_id: str
    page: int | None = None
    page_size: int | None = None


class Account(msgspec.Struct):
    advertiser_id: str


class Named(msgspec.Struct):
    advertiser_id: str
    task_id: str


@write("blockedword/create/", 15020200)
def add_words(call: Call) -> Any:
    asked = call.take(Words)
    need_advertiser(call, asked.advertiser_id)
    words = list(dict.fromkeys([*_words(call.book, asked.advertiser_id), *asked.blocked_words]))
    if len(words) > _MOST_WORDS:
        raise refuse("blocked_words", f"there are {_MOST_WORDS} at most")
    call.book.store.put("blocked_words", asked.advertiser_id, {"words": words})
    return {}


@write("blockedword/update/", 15020200)
def change_word(call: Call) -> Any:
    asked = call.take(Update)
    need_advertiser(call, asked.advertiser_id)
    words = _words(call.book, asked.advertiser_id)
    if asked.old_word not in words:
        raise BusinessError(NOT_FOUND, "old_word: it is not blocked")
    changed = list(dict.fromkeys(asked.new_word if one == asked.old_word else one for one in words))
    call.book.store.put("blocked_words", asked.advertiser_id, {"words": changed})
    return {}


@write("blockedword/delete/", 15020200)
def drop_words(call: Call) -> Any:
    asked = call.take(Words)
    need_advertiser(call, asked.advertiser_id)
    left = [one for one in _words(call.book, asked.advertiser_id) if one not in asked.blocked_words]
    call.book.store.put("blocked_words", asked.advertiser_id, {"words": left})
    return {}


@read("blockedword/list/", 15020100)
def list_words(call: Call) -> Any:
    asked = call.take(List)
    need_advertiser(call, asked.advertiser_id)
    words = [{"bw_content": one} for one in _words(call.book, asked.advertiser_id)]
    page, info = cut_page(words, asked.page, asked.page_size, most=_MOST_WORDS)
    return {"list": page, "page_info": info}


@read("blockedword/check/", 15020100)
def check_words(call: Call) -> Any:
    asked = call.take(Words)
    need_advertiser(call, asked.advertiser_id)
    words = _words(call.book, asked.advertiser_id)
    return {"results": [{"word": one, "blocked": one in words} for one in asked.blocked_words]}


@write("blockedword/task/create/", 15020100)
def create_export(call: Call) -> Any:
    call.writes = False
    asked = call.take(Account)
    need_advertiser(call, asked.advertiser_id)
    table = [["blocked_word"], *([one] for one in _words(call.book, asked.advertiser_id))]
    return {"task_id": begin_task(call, "blocked_word_task", asked.advertiser_id, text=write_csv(table))}


@read("blockedword/task/check/", 15020100)
def check_export(call: Call) -> Any:
    asked = call.take(Named)
    task = need_task(call, "blocked_word_task", asked.advertiser_id, asked.task_id)
    words = {"SUCCESS": "SUCCEED", "FAILED": "FAILED"}
    return {"task_id": asked.task_id, "status": words.get(state_of(call, task), "RUNNING")}


def hits_blocked_word(book: Book, advertiser_id: str, text: str) -> bool:
    return any(word.casefold() in text.casefold() for word in _words(book, advertiser_id))


def _words(book: Book, advertiser_id: str) -> list[str]:
    words: list[str] = (book.store.get("blocked_words", advertiser_id) or {"words": []})["words"]
    return words


operations = (
    add_words, change_word, drop_words, list_words, check_words, create_export, check_export,
)  # fmt: skip
