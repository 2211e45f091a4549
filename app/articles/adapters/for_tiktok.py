"""What an editor decided in the CMS for TikTok alone: whether, with which text, and with which picture."""

from dataclasses import replace
from typing import Annotated

from pydantic import BaseModel, BeforeValidator

from app.articles.adapters import fields, pictures
from app.articles.adapters.base import ArticleDraft


def _as_picture(value: object) -> object:
    value = {"url": value} if isinstance(value, str) else value
    return None if isinstance(value, dict) and not fields.none_if_empty(value.get("url")) else value


class _Picture(BaseModel):
    url: str
    alt: str | None = None


class ForTikTok(BaseModel):
    """`post`: False leaves the article out, whatever else would ask for it; None: nobody decided."""

    post: bool | None = None
    caption: Annotated[str | None, BeforeValidator(fields.none_if_empty)] = None
    image: Annotated[_Picture | None, BeforeValidator(_as_picture), BeforeValidator(fields.none_if_empty)] = None


def lay_over(draft: ArticleDraft, decided: ForTikTok | None) -> ArticleDraft:
    """Lay an editor's decisions over what the article says by itself. A picture stands in the place of all others."""
    if decided is None:
        return draft
    images = draft.images
    if decided.image is not None:
        chosen = pictures.image_list([(decided.image.url, decided.image.alt or "")], draft.url)
        # One that cannot be used is named on the post, and takes nobody's place.
        images = chosen + images if any("problem" in one for one in chosen) else [{**chosen[0], "is_chosen": True}]
    return replace(
        draft,
        caption=fields.typed_lines(decided.caption or "", fields.MAX_EXCERPT),
        is_declined=decided.post is False,
        is_wanted=draft.is_wanted and decided.post is not False,
        images=images,
    )
