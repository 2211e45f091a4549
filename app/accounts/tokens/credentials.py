"""Our app at TikTok: its key, secret and redirect address, from the settings page or the environment."""

from contextlib import suppress
from typing import Literal
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.errors import NotConfigured, TokensUnreadable
from app.accounts.models import TikTokApp
from app.accounts.schemas import TikTokAppRead, TikTokAppUpdate
from app.accounts.tokens import vault
from app.audit.record import describe, record
from app.config import Settings
from app.errors import Conflict, Invalid
from app.kit.loopback import is_loopback
from app.messages import access
from app.resources import Resources
from app.tiktok.client import TikTokClient

_LONGEST_REDIRECT = 511


async def app_credentials(resources: Resources) -> tuple[str, str, str]:
    """Give `(client_key, client_secret, redirect_uri)`; the page wins. Raises NotConfigured, TokensUnreadable."""
    async with resources.read() as session:
        app = await _find_app(session)
    client_key, client_secret = _pair(resources, app)
    if not client_key or not client_secret:
        raise NotConfigured
    return client_key, client_secret, _redirect_uri(resources.settings, app)


async def webhook_secrets(resources: Resources, client_key: str) -> list[str]:
    """Give the secrets that may have signed an event for this client key: the page's, and the environment's.

    Both, because events of the app that was used before go on arriving for days. Empty for a key that is not ours.
    """
    async with resources.read() as session:
        app = await _find_app(session)
    settings = resources.settings
    pairs = [
        (settings.client_key, settings.client_secret.get_secret_value()),
        # Events of business accounts are signed with the secret of the Business API's app.
        (resources.business.app_id, resources.business.app_secret),
    ]
    with suppress(TokensUnreadable):
        pairs.insert(0, _pair(resources, app))
    return list(dict.fromkeys(secret for key, secret in pairs if secret and key and key == client_key))


async def tiktok_client(resources: Resources) -> TikTokClient:
    """Make the client of the Open API with today's credentials. Raises NotConfigured, TokensUnreadable."""
    client_key, client_secret, _ = await app_credentials(resources)
    return TikTokClient(
        resources.tiktok_http,
        client_key=client_key,
        client_secret=client_secret,
        api_base_url=resources.settings.tiktok_api_base_url,
        authorize_url=resources.settings.tiktok_authorize_url,
    )


async def get_tiktok_app(session: AsyncSession, settings: Settings) -> TikTokAppRead:
    """Show the credentials that count, without the secret."""
    app = await _find_app(session)
    source: Literal["page", "environment", "none"] = "none"
    if app is not None and app.client_key:
        source = "page"
    elif settings.client_key:
        source = "environment"
    return TikTokAppRead(
        client_key=app.client_key if app is not None and app.client_key else settings.client_key,
        has_client_secret=_has_secret(settings, app),
        redirect_uri=_redirect_uri(settings, app),
        source=source,
    )


async def update_tiktok_app(resources: Resources, data: TikTokAppUpdate) -> TikTokAppRead:
    """Store credentials. An empty key gives the word back to the environment; without a secret the stored one stays.

    Key and secret are a pair: TikTok refuses every call with one of the sandbox and one of production. So a new key
    wants its secret. Raises Invalid.
    """
    if resources.settings.is_tried_out:
        raise Conflict(access.LEAVE_TRY_OUT, code="tried_out")
    _check_redirect_uri(data.redirect_uri)
    new_secret = data.client_secret.get_secret_value().strip() if data.client_secret else ""
    async with resources.transaction() as session:
        app = await _find_app(session)
        old_key = app.client_key if app is not None else ""
        sealed = app.client_secret_encrypted if app is not None and data.client_key == old_key else None
        if new_secret:
            sealed = vault.seal_client_secret(resources.keyring, new_secret)
        if data.client_key and sealed is None and data.client_key != resources.settings.client_key:
            raise Invalid(access.SECRET_OF_KEY)
        fresh = TikTokApp(
            client_key=data.client_key,
            client_secret_encrypted=sealed if data.client_key else None,
            redirect_uri=data.redirect_uri,
        )
        record(session, "tiktok_app.changed", object_kind="tiktok_app", before=describe(app) if app else {},
               after={**describe(fresh), "has_new_pair": bool(new_secret)})  # fmt: skip
        await _write(session, fresh, is_new=app is None)
    async with resources.read() as session:
        return await get_tiktok_app(session, resources.settings)


async def _write(session: AsyncSession, app: TikTokApp, *, is_new: bool) -> None:
    if not is_new:
        await session.exec(sa.update(TikTokApp).where(col(TikTokApp.id) == app.id).values(**app.model_dump()))
        return
    try:
        async with session.begin_nested():
            session.add(app)
    except IntegrityError:
        raise Conflict(access.CREDENTIALS_CHANGED) from None


async def _find_app(session: AsyncSession) -> TikTokApp | None:
    return (await session.exec(select(TikTokApp).where(TikTokApp.id == "app"))).first()


def _pair(resources: Resources, app: TikTokApp | None) -> tuple[str, str]:
    settings = resources.settings
    if app is None or not app.client_key:
        return settings.client_key, settings.client_secret.get_secret_value()
    if app.client_secret_encrypted:
        return app.client_key, vault.open_client_secret(resources.keyring, app)
    is_same = app.client_key == settings.client_key
    return app.client_key, settings.client_secret.get_secret_value() if is_same else ""


def _has_secret(settings: Settings, app: TikTokApp | None) -> bool:
    if app is not None and app.client_secret_encrypted:
        return True
    is_same = app is None or app.client_key in {"", settings.client_key}
    return is_same and bool(settings.client_secret.get_secret_value())


def _redirect_uri(settings: Settings, app: TikTokApp | None) -> str:
    return app.redirect_uri if app is not None and app.redirect_uri else settings.callback_uri


def _check_redirect_uri(redirect_uri: str) -> None:
    """Apply TikTok's rules for redirect addresses, so that a mistake shows here and not on TikTok's page."""
    if not redirect_uri:
        return
    try:
        parts = urlsplit(redirect_uri)
        host = parts.hostname or ""
        is_fit = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
        is_plain = not (parts.query or parts.fragment or parts.username) and redirect_uri.isprintable()
        parts.port  # noqa: B018 - raises ValueError for a port that is none
    except ValueError:
        raise Invalid(access.REDIRECT_NO_ADDRESS) from None
    if not (host and is_fit and is_plain and " " not in redirect_uri and len(redirect_uri) <= _LONGEST_REDIRECT):
        raise Invalid(access.REDIRECT_UNFIT)
