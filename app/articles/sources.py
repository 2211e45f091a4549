"""The CMS sources: make, change, rotate the secret, remove."""

import re
import secrets as randomness
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.articles.adapters import ADAPTERS
from app.articles.decode import read_model
from app.articles.feed_settings import find_feed, forget_feed, keep_feed, told_of
from app.articles.models import Source, SourceDelivery
from app.articles.models_feeds import SourceFeed
from app.articles.rules import SourceRules, check_rules, read_rules
from app.articles.schemas import SourceCreate, SourceUpdate
from app.articles.senders import OpenedSources, forget_source, reveal, secret_place
from app.audit.record import changing, describe, record
from app.errors import Invalid, NotFound
from app.kit.clock import utcnow
from app.kit.crypto import Keyring, Undecryptable
from app.kit.languages import is_no_language
from app.kit.paging import Page, paginate
from app.kit.redact import hide
from app.kit.romanise import romanise
from app.kit.rows import find_row
from app.kit.text import clean
from app.messages import refusals
from app.resources import Resources

PREVIOUS_SECRET_VALID = timedelta(hours=24)
_FIELD_MAP = "field_map"
_OF_FEED = ("feed_url", "poll_minutes", "rules")


@dataclass(frozen=True, slots=True, repr=False)
class NewSecret:
    """A source with its new secret in plain text, to be shown this once."""

    source: Source
    secret: str


async def list_sources(
    session: AsyncSession, *, q: str = "", limit: int = 50, cursor: str | None = None
) -> Page[Source]:
    """List the sources, newest first; with `q` those whose name or address holds it."""
    is_there = col(Source.deleted_at).is_(None)
    query = select(Source).where(is_there)
    if wanted := clean(q).casefold():
        # SQLite knows no upper and lower case but that of English: a thousand names are compared here in a millisecond.
        rows = (await session.exec(select(Source.id, Source.name, Source.slug).where(is_there))).all()
        query = query.where(col(Source.id).in_([id_ for id_, *said in rows if wanted in " ".join(said).casefold()]))
    return await paginate(session, query, col(Source.id), limit=limit, cursor=cursor)


async def count_sources(session: AsyncSession) -> int:
    """Count the sources that are there."""
    query = select(sa.func.count()).select_from(Source).where(col(Source.deleted_at).is_(None))
    return int((await session.exec(query)).one())


async def has_heard_source(session: AsyncSession) -> bool:
    """Tell whether anything has come from a source that is on: by its webhook, or by its feed."""
    query = (
        select(Source.id)
        .outerjoin(SourceFeed, col(SourceFeed.source_id) == col(Source.id))
        .where(col(Source.deleted_at).is_(None), col(Source.enabled).is_(True))
        .where(sa.or_(col(Source.last_delivery_at).is_not(None), col(SourceFeed.last_success_at).is_not(None)))
    )
    return (await session.exec(query.limit(1))).first() is not None


async def name_sources(session: AsyncSession, ids: Sequence[str]) -> dict[str, str]:
    """Name sources by their ids, those too that were deleted."""
    rows = (await session.exec(select(Source.id, Source.name).where(col(Source.id).in_(ids)))).all()
    return dict(rows)


async def get_source(session: AsyncSession, source_id: str) -> Source:
    """Get one source. Raises NotFound."""
    source = await find_row(session, Source, source_id)
    if source is None or source.deleted_at is not None:
        raise NotFound(refusals.NO_SOURCE, code="source_not_found")
    return source


async def create_source(session: AsyncSession, keyring: Keyring, wanted: SourceCreate) -> NewSecret:
    """Make a source with an address and a secret of its own. Raises Invalid."""
    options = _checked_options(wanted.kind, _with_field_map(wanted.options, wanted.field_map))
    secret = ADAPTERS[wanted.kind].make_secret()
    source = Source(
        slug=_new_slug(wanted.name, wanted.kind),
        name=wanted.name,
        card_name=wanted.card_name,
        kind=wanted.kind,
        options=options,
        rules=_with_rules({}, wanted.rules) if wanted.rules else {},
        secret_encrypted="",
    )
    _seal(source, keyring, "secret_encrypted", secret)
    _keep_token(source, keyring, wanted.read_token)
    session.add(source)
    await session.flush()
    await _keep_feed(session, source, wanted)
    record(session, "source.made", object_kind="source", object_id=source.id, object_name=source.name,
           after=describe(source))  # fmt: skip
    return NewSecret(source, secret)


async def update_source(session: AsyncSession, resources: Resources, source_id: str, change: SourceUpdate) -> Source:
    """Change what is given. Raises NotFound or Invalid."""
    source = await get_source(session, source_id)
    given = change.model_dump(exclude_none=True, exclude={"field_map", "read_token", *_OF_FEED})
    if change.options is not None or change.field_map is not None:
        kept = source.options.get(_FIELD_MAP)
        options = (
            source.options if change.options is None else {**({_FIELD_MAP: kept} if kept else {}), **change.options}
        )
        given["options"] = _checked_options(source.kind, _with_field_map(options, change.field_map))
    if change.rules is not None:
        given["rules"] = _with_rules(source.rules, change.rules)
    with changing(session, "source.changed", source, kind="source"):
        for name, value in given.items():
            setattr(source, name, value)
        _keep_token(source, resources.keyring, change.read_token)
    await _keep_feed(session, source, change)
    return await _changed(session, resources, source)


async def rotate_secret(
    session: AsyncSession, resources: Resources, source_id: str, *, revoke_old: bool = False
) -> NewSecret:
    """Give a source a new secret. The old one stays valid for a day, unless it leaked and is to die at once."""
    source = await get_source(session, source_id)
    keyring = resources.keyring
    source.previous_secret_encrypted = source.previous_secret_valid_until = None
    old = None if revoke_old else _open(source, keyring)
    if old is not None:
        _seal(source, keyring, "previous_secret_encrypted", old)
        source.previous_secret_valid_until = utcnow() + PREVIOUS_SECRET_VALID
    secret = ADAPTERS[source.kind].make_secret()
    _seal(source, keyring, "secret_encrypted", secret)
    record(session, "source.secret_renewed", object_kind="source", object_id=source.id, object_name=source.name,
           after={"revoke_old": revoke_old})  # fmt: skip
    return NewSecret(await _changed(session, resources, source), secret)


async def delete_source(session: AsyncSession, resources: Resources, source_id: str) -> None:
    """Remove a source: its address and secrets die, its articles and their posts stay. Raises NotFound."""
    source = await get_source(session, source_id)
    record(session, "source.removed", object_kind="source", object_id=source.id, object_name=source.name,
           before=describe(source))  # fmt: skip
    source.enabled = False
    source.deleted_at = utcnow()
    source.secret_encrypted = ""
    source.previous_secret_encrypted = source.previous_secret_valid_until = source.read_token_encrypted = None
    await session.exec(sa.delete(SourceDelivery).where(col(SourceDelivery.source_id) == source.id))
    await forget_feed(session, source.id)
    await _changed(session, resources, source)


async def _changed(session: AsyncSession, resources: Resources, source: Source) -> Source:
    source.updated_at = utcnow()
    session.add(source)
    await session.flush()
    forget_source(session, resources.parts.of(OpenedSources), source.slug)
    return source


def _with_field_map(options: dict[str, Any], field_map: dict[str, Any] | None) -> dict[str, Any]:
    return options if field_map is None else {**options, _FIELD_MAP: field_map}


def _with_rules(stored: dict[str, Any], given: SourceRules) -> dict[str, Any]:
    """Lay what is given over what is stored. Raises Invalid."""
    rules = {**stored, **given.model_dump(exclude_unset=True)}
    check_rules(read_rules(rules))
    return rules


def _checked_options(kind: str, options: dict[str, Any]) -> dict[str, Any]:
    adapter = ADAPTERS.get(kind)
    if adapter is None:
        raise Invalid(refusals.bad_kind(kinds=", ".join(ADAPTERS)))
    checked = read_model(adapter.OPTIONS, options, at="options")
    if not checked.language and not is_no_language(options.get("language", "")):
        raise Invalid(refusals.BAD_LANGUAGE)
    return checked.model_dump()


def _new_slug(name: str, kind: str) -> str:
    """Make an address that can be read, and not guessed from the name."""
    readable = re.sub(r"[^a-z0-9]+", "-", romanise(name))[:40].strip("-")
    return f"{readable or kind}-{randomness.token_hex(6)}"


def _seal(source: Source, keyring: Keyring, column: str, secret: str) -> None:
    hide(secret)
    setattr(source, column, keyring.encrypt(secret, place=secret_place(source.id, column)))


def _keep_token(source: Source, keyring: Keyring, token: str | None) -> None:
    """Keep the token with which the CMS is asked for articles. None leaves it as it is, and empty text forgets it."""
    if token is not None and token.strip():
        _seal(source, keyring, "read_token_encrypted", token.strip())
    elif token is not None:
        source.read_token_encrypted = None


async def _keep_feed(session: AsyncSession, source: Source, given: SourceCreate | SourceUpdate) -> None:
    """Keep what is said of the source's feed. Raises Invalid."""
    if given.feed_url is None and given.poll_minutes is None and given.rules is None:
        return
    before = await find_feed(session, source.id)
    told = told_of(before)
    hours = source.rules.get("max_age_hours")
    await keep_feed(session, source, url=given.feed_url, poll_minutes=given.poll_minutes, max_age_hours=hours)
    after = told_of(await find_feed(session, source.id))
    if told != after:
        record(session, "source.feed_changed", object_kind="source", object_id=source.id, object_name=source.name,
               before=told, after=after)  # fmt: skip


def _open(source: Source, keyring: Keyring) -> str | None:
    # A secret that no key opens any more is lost, and a rotation is the cure.
    try:
        return reveal(source, keyring, "secret_encrypted")
    except Undecryptable:
        return None
