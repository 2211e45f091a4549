"""A change of the secret key: seal everything under the newest key of the ring, and tell when the older can go."""

from dataclasses import dataclass

import structlog

from app.accounts.tokens import vault
from app.ads.boosts import codes as boosts
from app.ads.connections import vault as ads_vault
from app.articles import secrets
from app.auth import second_factor
from app.jobs import job
from app.kit.reseal import SealedColumn, count_old, reseal_batch
from app.notifications import secrets as notifications
from app.posts.models import PostAttempt
from app.resources import Resources

log = structlog.get_logger(__name__)

SEALED = (
    *vault.SEALED,
    *ads_vault.SEALED,
    *boosts.SEALED,
    *secrets.SEALED,
    *second_factor.SEALED,
    *notifications.SEALED,
    SealedColumn(PostAttempt, "upload_url_encrypted", lambda row_id: f"post_attempts|{row_id}|upload_url_encrypted"),
)
"""Every column that holds ciphertexts."""

_PASSES = 5


@dataclass(frozen=True, slots=True)
class Progress:
    """One column: how many rows were sealed anew, how many still need an older key, and which no key opens."""

    column: SealedColumn
    resealed: int
    left: int
    unreadable: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.column.text.table.name}.{self.column.name.removesuffix('_encrypted')}"


async def rotate_keys(app: Resources) -> list[Progress]:
    """Seal every column anew, a batch per transaction. May run beside workers, be killed, and be repeated.

    A process that runs with an older ring seals with its own key meanwhile: so there are several passes, and `left`
    says what is there after the last.
    """
    return [await _rotate(app, column) for column in SEALED]


@job("keys.reseal", timeout=170)
async def reseal_hourly(app: Resources) -> None:
    """Do the same by the clock, so that a new key in the settings is enough. A missed run costs an hour."""
    for progress in await rotate_keys(app):
        if progress.resealed:
            log.info("secrets_resealed", column=progress.name, count=progress.resealed, left=progress.left)
        if progress.unreadable:
            log.warning("secrets_unreadable", column=progress.name, count=len(progress.unreadable))


async def _rotate(app: Resources, column: SealedColumn) -> Progress:
    resealed, unreadable, left = 0, (), 0  # type: int, tuple[str, ...], int
    for _ in range(_PASSES):
        done, unreadable = await _pass(app, column)
        resealed += done
        async with app.read() as session:
            left = await count_old(session, app.keyring, column)
        if left <= len(unreadable):
            break
    return Progress(column, resealed, left, unreadable)


async def _pass(app: Resources, column: SealedColumn) -> tuple[int, tuple[str, ...]]:
    resealed, unreadable = 0, ()  # type: int, tuple[str, ...]
    after: str | None = ""
    async with app.read() as session:
        if await count_old(session, app.keyring, column) == 0:
            return 0, ()
    while after is not None:
        async with app.transaction() as session:
            batch = await reseal_batch(session, app.keyring, column, after=after)
        resealed, unreadable, after = resealed + batch.resealed, unreadable + batch.unreadable, batch.last_id
    return resealed, unreadable
