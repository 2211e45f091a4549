"""Who is calling: the sources as the intake knows them, and the check of their signatures."""

import asyncio
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.articles.adapters import ADAPTERS
from app.articles.adapters.base import SignatureRefused, SourceOptions, Verified
from app.articles.large_bodies import run_for
from app.articles.models import Source
from app.articles.models_feeds import SourceFeed
from app.articles.rules import SourceRules, read_rules
from app.db import after_commit
from app.kit.crypto import Keyring
from app.kit.redact import hide
from app.resources import Resources

_SLUG = re.compile(r"[a-z0-9-]{1,64}")
_KEPT_SECONDS = 5.0
_DECOYS = {kind: (adapter.make_secret(),) for kind, adapter in ADAPTERS.items()}


@dataclass(frozen=True, slots=True, repr=False)
class OpenedSource:
    """An enabled source with its secrets in plain text: it stays in this process's memory.

    `may_ask`: its CMS tells who asks it; most do so only to who has a read token.
    """

    id: str
    slug: str
    kind: str
    options: SourceOptions
    secret: str
    previous_secret: str | None
    previous_secret_valid_until: datetime | None
    since: datetime
    has_feed: bool = False
    may_ask: bool = False
    rules: SourceRules | None = None

    def secrets(self, now: datetime) -> tuple[str, ...]:
        """Give the secrets that are valid now, the newest first."""
        previous, until = self.previous_secret, self.previous_secret_valid_until
        return (self.secret, previous) if previous and until and now < until else (self.secret,)


class OpenedSources:
    """The sources that this process has read a moment ago, and those that it is reading, by their slugs."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[float, OpenedSource]] = {}
        self.loading: dict[str, asyncio.Task[OpenedSource | None]] = {}


def secret_place(source_id: str, column: str) -> str:
    """Name the place to which a stored secret is bound."""
    return f"sources:{source_id}:{column}"


def reveal(source: Source, keyring: Keyring, column: str) -> str:
    """Decrypt a secret of a source, which from then on is hidden wherever it would be logged. Raises Undecryptable."""
    secret = keyring.decrypt(getattr(source, column), place=secret_place(source.id, column))
    hide(secret)
    return secret


def forget_source(session: AsyncSession, known: OpenedSources, slug: str) -> None:
    """Make the intake read this source afresh, once this session has committed."""

    async def forget() -> None:
        known.kept.pop(slug, None)
        known.loading.pop(slug, None)

    after_commit(session, forget)


async def identify(
    resources: Resources,
    slug: str,
    known: tuple[OpenedSource | None, bool],
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
) -> tuple[OpenedSource, Verified]:
    """Check a delivery's signature by its source, as it was found. Raises SignatureRefused, for every reason alike.

    A source is kept for some seconds, which saves a query per delivery, and those who need it at the same time read it
    together. What it refuses is checked again by what the database says now, because another process may have changed
    the secret.
    """
    source, is_fresh = known
    try:
        verified = await run_for(body, check_signature, source, headers, body, now)
    except SignatureRefused:
        now_known = source if is_fresh else await _load(resources, slug)
        if now_known == source:
            raise
        source, verified = now_known, await run_for(body, check_signature, now_known, headers, body, now)
    assert source is not None
    return source, verified


def check_signature(source: OpenedSource | None, headers: Mapping[str, str], body: bytes, now: datetime) -> Verified:
    """Check a delivery by its source's secrets.

    Who is refused has waited for every adapter to look at the body, so that the time does not tell whether the source
    exists, or what kind it is.
    """
    refusal = SignatureRefused()
    if source is not None:
        try:
            return ADAPTERS[source.kind].verify(headers, body, source.secrets(now), now, source.options)
        except SignatureRefused as error:
            refusal = error
    for kind, adapter in ADAPTERS.items():
        if source is None or kind != source.kind:
            with suppress(SignatureRefused):
                adapter.verify(headers, body, _DECOYS[kind], now, adapter.OPTIONS())
    raise refusal


async def find_source(resources: Resources, slug: str) -> tuple[OpenedSource | None, bool]:
    """Find a source, and tell whether it was read for this delivery and not for an earlier one."""
    known = resources.parts.of(OpenedSources)
    until, source = known.kept.get(slug, (0.0, None))
    if monotonic() < until:
        return source, False
    if (under_way := known.loading.get(slug)) is not None:
        return await asyncio.shield(under_way), False
    task = known.loading[slug] = asyncio.create_task(_load(resources, slug))
    try:
        return await asyncio.shield(task), True
    finally:
        if known.loading.get(slug) is task:
            del known.loading[slug]


async def _load(resources: Resources, slug: str) -> OpenedSource | None:
    if not _SLUG.fullmatch(slug):
        slug = "-"
    async with resources.read() as session:
        row = (await session.exec(select(Source).where(col(Source.slug) == slug))).first()
        has_feed = row is not None and await session.get(SourceFeed, row.id) is not None
    if row is None or not row.enabled or row.deleted_at is not None or row.kind not in ADAPTERS:
        return None
    source = replace(open_source(row, resources), has_feed=has_feed)
    resources.parts.of(OpenedSources).kept[slug] = (monotonic() + _KEPT_SECONDS, source)
    return source


def open_source(row: Source, resources: Resources) -> OpenedSource:
    """Open a source's secrets and options. Raises Undecryptable."""
    keyring = resources.keyring
    options, fetch = ADAPTERS[row.kind].OPTIONS.model_validate(row.options), ADAPTERS[row.kind].TRAITS.fetch
    return OpenedSource(
        id=row.id,
        slug=row.slug,
        kind=row.kind,
        options=options.model_copy(update={"timezone": options.timezone or resources.settings.timezone}),
        secret=reveal(row, keyring, "secret_encrypted"),
        previous_secret=reveal(row, keyring, "previous_secret_encrypted") if row.previous_secret_encrypted else None,
        previous_secret_valid_until=row.previous_secret_valid_until,
        since=row.created_at,
        may_ask=fetch is not None and (row.read_token_encrypted is not None or not fetch.needs_token),
        rules=read_rules(row.rules) if row.rules else None,
    )
