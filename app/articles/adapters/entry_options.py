"""Options of sources whose CMS sends entries: their field map, their addresses, their kinds of content."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field

from app.articles.adapters import fields
from app.articles.adapters.base import SourceOptions
from app.articles.adapters.entry_paths import is_path

Name = Literal[
    "title", "excerpt", "text", "images", "video", "category", "tags", "authors", "url", "language", "published_at",
    "breaking",
]  # fmt: skip
Paths = Sequence[str]
FieldMap = Mapping[str, Paths]
MOST_PATHS = 20
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def _field_map(value: object) -> dict[str, list[str]]:
    if not isinstance(value, Mapping):
        raise ValueError("must give for each field the paths where the CMS has it")  # noqa: TRY004 - for pydantic
    paths = {name: [given] if isinstance(given, str) else given for name, given in value.items()}
    for name, given in paths.items():
        is_list = isinstance(given, list) and len(given) <= MOST_PATHS
        if name not in get_args(Name) or not is_list or not all(map(is_path, given)):
            raise ValueError("must give for each field the paths where the CMS has it")
    return {name: [path.strip() for path in given] for name, given in paths.items() if given}


def _web_address(value: str) -> str:
    value = value.strip()
    if value and fields.http_url(value) is None:
        raise ValueError("must be an address such as https://cms.example.org")
    return value


def _address_template(value: str) -> str:
    value = value.strip()
    names = PLACEHOLDER.findall(value)
    bare = PLACEHOLDER.sub("x", value)
    if value and (fields.http_url(bare) is None or "{" in bare or "}" in bare or not all(map(is_path, names))):
        raise ValueError("must be an address such as https://news.example.org/{locale}/{slug}")
    return value


WebAddress = Annotated[str, AfterValidator(_web_address)]
MappedFields = Annotated[dict[Name, list[str]], BeforeValidator(_field_map)]


class MappedOptions(SourceOptions):
    """`field_map` says where an article's fields stand in what the CMS sends, the best place first."""

    field_map: MappedFields = Field(default_factory=dict)


class ProvenOptions(MappedOptions):
    """`proof_site`: the site on which an article must stand before it is posted, where its CMS signs nothing.

    What counts then is what its page says there, and not what the delivery does.
    """

    proof_site: WebAddress = Field(default="", max_length=1000)


class EntryOptions(MappedOptions):
    """`site_url`: what relative addresses begin with. `article_url`: the article's page, made of its fields.

    `content_types`: which kinds of content are articles, separated by commas; empty: all.
    """

    site_url: WebAddress = Field(default="", max_length=1000)
    article_url: Annotated[str, AfterValidator(_address_template)] = Field(default="", max_length=1000)
    content_types: str = Field(default="article, post, news", max_length=1000)


class FetchedOptions(EntryOptions):
    """`api_url`: where the CMS is asked for an article, with the source's read token."""

    api_url: WebAddress = Field(default="", max_length=1000)


def is_article(options: SourceOptions, *names: str) -> bool:
    """Tell whether one of the names of a kind of content is among the source's; plurals count."""
    assert isinstance(options, EntryOptions)
    wanted = {name.strip().casefold() for name in options.content_types.split(",")} - {""}
    return not wanted or any({name.casefold(), name.casefold().removesuffix("s")} & wanted for name in names)
