"""Blocked words, ready answers and of what the newsroom is told, as the API shows and takes them."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints

from app.comments.face.schemas import AdvertiserId, Strict
from app.comments.models import CannedReply, CommentRule
from app.kit.languages import Language
from app.kit.text import clean, clean_multiline

Words = Annotated[list[Annotated[str, Field(max_length=100)]], Field(max_length=500)]


def _line(value: object) -> object:
    return clean(value) if isinstance(value, str) else value


def _lines(value: object) -> object:
    return clean_multiline(value) if isinstance(value, str) else value


Title = Annotated[str, BeforeValidator(_line), StringConstraints(min_length=1, max_length=100)]
LongText = Annotated[str, BeforeValidator(_lines), StringConstraints(min_length=1, max_length=1000)]


class WordsRead(BaseModel):
    advertiser_id: str
    words: list[str]


class WordsAsk(Strict):
    advertiser_id: AdvertiserId
    words: Words


class CannedCreate(Strict):
    """`text` may name {author}, {ad} and {comment}."""

    title: Title
    text: LongText
    language: Language = ""


class CannedUpdate(Strict):
    title: Title | None = None
    text: LongText | None = None
    language: Language | None = None


class CannedRead(BaseModel):
    """`filled` is its text for the comment that was named."""

    id: str
    title: str
    text: str
    language: str
    filled: str | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: CannedReply, filled: str | None = None) -> Self:
        return cls(**row.model_dump(), filled=filled)


class CannedList(BaseModel):
    items: list[CannedRead]


class RuleRead(BaseModel):
    """Of which new comments the newsroom is told: with these words, complaints, questions, or all."""

    words: list[str]
    negative: bool
    questions: bool
    every: bool

    @classmethod
    def of(cls, row: CommentRule) -> Self:
        return cls(words=row.words, negative=row.negative, questions=row.questions, every=row.every)


class RuleAsk(Strict):
    words: Words = Field(default_factory=list)
    negative: bool = True
    questions: bool = True
    every: bool = False
