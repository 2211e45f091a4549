"""What goes into a caption and what comes out."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class PostKind(StrEnum):
    photo = "photo"
    video = "video"


class TemplateKind(StrEnum):
    photo_title = "photo_title"
    photo_description = "photo_description"
    video_caption = "video_caption"


TemplateOverrides = Mapping[tuple[str, str], str]
"""Edited templates by (kind, language); the language is two letters, or `default`."""


@dataclass(frozen=True, slots=True)
class CaptionArticle:
    """An article as captions need it. `text` is the plain text of the body; it is not used when paywalled.

    `is_plain`: title and excerpt are plain text as well, in which a `<` is meant; else they may hold markup. `caption`:
    what an editor wrote for TikTok, as plain text; it stands in the place of the excerpt.
    """

    title: str = ""
    excerpt: str = ""
    text: str = ""
    url: str = ""
    language: str = ""
    category: str = ""
    tags: tuple[str, ...] = ()
    breaking: bool = False
    source_name: str = ""
    is_paywalled: bool = False
    is_plain: bool = False
    caption: str = ""


@dataclass(frozen=True, slots=True)
class CaptionLimits:
    """TikTok's limits in UTF-16 units: photo title, photo description, video caption.

    https://developers.tiktok.com/doc/content-posting-api-reference-photo-post, seen November 2026.
    """

    title: int = 90
    description: int = 4000
    caption: int = 2200


class CaptionNote(StrEnum):
    """What had to give way, for the person who reads the preview."""

    needs_title = "needs_title"
    title_from_text = "title_from_text"
    title_cut = "title_cut"
    excerpt_from_text = "excerpt_from_text"
    excerpt_cut = "excerpt_cut"
    hashtags_dropped = "hashtags_dropped"
    link_dropped = "link_dropped"
    text_cut = "text_cut"
    template_refused = "template_refused"


@dataclass(frozen=True, slots=True)
class Caption:
    """A post's text. A video has one text, which TikTok calls title; its description is empty.

    `hashtags` are the rules' tags that stand in the text, in their order.
    """

    title: str
    description: str
    hashtags: tuple[str, ...] = ()
    notes: tuple[CaptionNote, ...] = ()
