"""Keys that open what is stored, and the credentials of the app at TikTok."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from sqlmodel import select

from app.accounts.tokens.credentials import app_credentials
from app.articles.models import Source
from app.articles.senders import secret_place
from app.errors import AppError
from app.kit.crypto import Undecryptable
from app.kit.loopback import is_loopback
from app.kit.reseal import count_old
from app.ops.doctor.findings import Finding, broken, ok, warning
from app.ops.readiness import stored_secrets_open
from app.ops.rotate import SEALED
from app.resources import Resources

_WRONG_KEY = "stored secrets cannot be read with the configured keys"


async def check_secrets(app: Resources) -> AsyncIterator[Finding]:
    async with app.read() as session:
        sources = (await session.exec(select(Source))).all()
        opens = await stored_secrets_open(session, app.keyring)
        old = sum([await count_old(session, app.keyring, column) for column in SEALED])
    try:
        for source in sources:
            app.keyring.decrypt(source.secret_encrypted, place=secret_place(source.id, "secret_encrypted"))
    except Undecryptable:
        opens = False
    if not opens:
        cure = "Put the key that was in use back into NEWSREEL_SECRET_KEY, after the first (comma list)."
        yield broken("Secret key", _WRONG_KEY, cure)
    elif old:
        cure = "Run: newsreel rotate-keys. Drop the old key when it says that nothing needs it any more."
        yield warning("Secret key", f"{old} stored secrets still need an older key", cure)
    else:
        yield ok("Secret key", f"the newest opens all that is stored ({len(sources)} sources)")


async def check_app(app: Resources) -> AsyncIterator[Finding]:
    try:
        client_key, client_secret, redirect_uri = await app_credentials(app)
    except (AppError, Undecryptable):
        client_key, client_secret, redirect_uri = "", "", app.settings.callback_uri
    if not client_key or not client_secret:
        cure = "Enter client key and secret on the settings page, or set TIKTOK_CLIENT_KEY and TIKTOK_CLIENT_SECRET."
        yield broken("TikTok app", "client key or secret is missing", cure)
        return
    parts = urlsplit(redirect_uri)
    if parts.query or parts.fragment or (parts.scheme != "https" and not is_loopback(parts.hostname or "")):
        cure = "TikTok takes https without query, or http on localhost with a port. It must equal the registered one."
        yield broken("TikTok app", f"TikTok will not take {redirect_uri} as redirect URI", cure)
        return
    yield ok("TikTok app", f"client key {client_key[:4]}…, redirect URI {redirect_uri}")
