"""The form of a post by hand: read leniently, kept as a draft, and understood when it is sent."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime, tzinfo
from typing import Any, Self

from litestar.datastructures import FormMultiDict
from pydantic import ValidationError

from app.accounts.models import Account, PublishMode
from app.articles.by_hand import ArticleByHand, PictureByHand
from app.errors import Invalid
from app.kit.clock import utcnow
from app.messages import post_refusals, uploads
from app.posts.by_hand.schemas import PostCreate

MOST_PICTURES = 35
WHENS = ("now", "good", "at")
_LONGEST = 10_000
_LONGEST_LINE = 5_000
_AUDIENCE = "privacy_level:"
_AT_FORMAT = "%Y-%m-%dT%H:%M"
_TEXTS = ("title", "text", "url", "language", "tags", "when", "at", "zone")
_SWITCHES = (
    "breaking", "ask_approval", "allow_comment", "allow_duet", "allow_stitch", "auto_add_music", "is_aigc", "disclose",
    "your_brand", "branded",
)  # fmt: skip


@dataclass(slots=True)
class NewPost:
    """What stands in the form. TikTok's guidelines: nothing about audience and interaction is chosen beforehand."""

    title: str = ""
    text: str = ""
    url: str = ""
    language: str = ""
    tags: str = ""
    accounts: list[str] = field(default_factory=list)
    media: list[str] = field(default_factory=list)
    audiences: dict[str, str] = field(default_factory=dict)
    when: str = "now"
    at: str = ""
    zone: str = ""
    breaking: bool = False
    ask_approval: bool = False
    allow_comment: bool = False
    allow_duet: bool = False
    allow_stitch: bool = False
    auto_add_music: bool = False
    is_aigc: bool = False
    disclose: bool = False
    your_brand: bool = False
    branded: bool = False

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Self:
        """Read a draft; what an older version kept besides is left out."""
        known = {one.name: one for one in fields(cls)}
        return cls(**{name: value for name, value in data.items() if name in known})

    @classmethod
    def read(cls, form: FormMultiDict) -> Self:
        """Read what a browser sends."""
        values: dict[str, Any] = {name: _text(form, name) for name in _TEXTS}
        values |= {name: _text(form, name) == "true" for name in _SWITCHES}
        values["accounts"] = list(dict.fromkeys(_all(form, "account")))[:50]
        values["media"] = list(dict.fromkeys(_all(form, "media")))[:MOST_PICTURES]
        values["when"] = values["when"] if values["when"] in WHENS else "now"
        values["audiences"] = {
            name.removeprefix(_AUDIENCE): str(value)[:64]
            for name, value in form.multi_items()
            if name.startswith(_AUDIENCE) and value and isinstance(value, str)
        }
        return cls(**values)

    def kept(self) -> dict[str, Any]:
        """Give it as a draft keeps it."""
        return asdict(self)

    @property
    def is_empty(self) -> bool:
        return not (self.title.strip() or self.text.strip() or self.media or self.url.strip())

    def move(self, number: int, by: int) -> None:
        """Put a picture, counted from 0, further ahead or back; at an end it stays."""
        to = number + by
        if 0 <= number < len(self.media) and 0 <= to < len(self.media):
            self.media.insert(to, self.media.pop(number))

    def remove(self, number: int) -> None:
        """Take a picture out."""
        if 0 <= number < len(self.media):
            del self.media[number]

    def article(self, *, films: Sequence[str]) -> ArticleByHand:
        """Give the article that is written here. Raises Invalid."""
        pictures = [url for url in self.media if url not in films]
        if films and (pictures or len(films) > 1):
            raise Invalid(uploads.FILM_OR_PICTURES, code="film_or_pictures")
        try:
            return ArticleByHand(
                title=self.title,
                excerpt=self.text,
                url=self.url,
                language=self.language,
                tags=split_tags(self.tags),
                breaking=self.breaking,
                images=[PictureByHand(url=url) for url in pictures],
                video=films[0] if films else None,
            )
        except ValidationError:
            raise Invalid(post_refusals.NO_WORDS, code="no_words") from None

    def to_create(
        self, accounts: Sequence[Account], zone: tzinfo, *, films: Sequence[str], article_id: str = ""
    ) -> PostCreate:
        """Give the wish as the posts understand it; `accounts` are those that were ticked. Raises Invalid."""
        if not accounts:
            raise Invalid(uploads.CHOOSE_ACCOUNTS, code="choose_accounts")
        if self.disclose and not (self.your_brand or self.branded):
            raise Invalid(post_refusals.CHOOSE_DISCLOSURE, code="choose_disclosure")
        values: dict[str, Any] = {"account_ids": [account.id for account in accounts], "scheduled_at": self._time(zone)}
        if self.ask_approval:
            values["mode"] = PublishMode.approve
        posts_at_once = [account for account in accounts if self.posts_at_once(account)]
        if posts_at_once:
            if any(not self.audiences.get(account.id) for account in posts_at_once):
                raise Invalid(post_refusals.CHOOSE_VIEWERS, code="choose_viewers")
            values |= self._switches(is_film=bool(films))
            values["privacy_levels"] = {account.id: self.audiences[account.id] for account in posts_at_once}
        if article_id:
            return PostCreate(article_id=article_id, **values)
        return PostCreate(article=self.article(films=films), **values)

    def posts_at_once(self, account: Account) -> bool:
        """Tell whether nobody is asked again before TikTok gets the post: then all is chosen here."""
        return account.settings.mode is PublishMode.direct and not self.ask_approval

    def asks(self, account: Account) -> bool:
        """Tell whether somebody approves this account's post before it goes out."""
        return self.ask_approval or account.settings.mode is PublishMode.approve

    def _switches(self, *, is_film: bool) -> dict[str, Any]:
        return {
            "disable_comment": not self.allow_comment,
            "disable_duet": not self.allow_duet if is_film else None,
            "disable_stitch": not self.allow_stitch if is_film else None,
            "auto_add_music": None if is_film else self.auto_add_music,
            "is_aigc": self.is_aigc,
            "brand_content_toggle": self.disclose and self.branded,
            "brand_organic_toggle": self.disclose and self.your_brand,
        }

    def _time(self, zone: tzinfo) -> Any:
        if self.when == "now":
            return None
        if self.when == "good":
            return "good_slot"
        chosen = self.chosen_time(zone)
        if chosen is None:
            raise Invalid(uploads.CHOOSE_TIME, code="choose_time")
        if chosen <= utcnow():
            raise Invalid(uploads.TIME_OVER, code="time_is_over")
        return chosen

    def chosen_time(self, zone: tzinfo) -> datetime | None:
        """Read the time that was typed, as in this zone; None for none."""
        try:
            return datetime.strptime(self.at[:16], _AT_FORMAT).replace(tzinfo=zone).astimezone(UTC)
        except (ValueError, OverflowError):
            return None


def split_tags(text: str) -> list[str]:
    """Take hashtags apart as people write them: with commas, spaces or hash signs between."""
    parts = text.replace("#", " ").replace("\n", " ").replace(";", ",")
    pieces = parts.split(",") if "," in parts else parts.split()
    return [piece.strip()[:200] for piece in pieces if piece.strip()][:50]


def _text(form: FormMultiDict, name: str) -> str:
    value = form.get(name)
    most = _LONGEST if name == "text" else _LONGEST_LINE
    return value.replace("\r\n", "\n").replace("\0", "")[:most] if isinstance(value, str) else ""


def _all(form: FormMultiDict, name: str) -> list[str]:
    return [value[:4000] for value in form.getall(name, []) if isinstance(value, str) and value]
