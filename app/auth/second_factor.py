"""The second factor: time-based codes (RFC 6238), and ten recovery codes for the day when the phone is gone."""

import re
import secrets as randomness
from collections.abc import Sequence
from dataclasses import dataclass, field
from hmac import compare_digest

import pyotp
import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.audit.record import record
from app.auth import throttle
from app.auth.credentials import check_credentials
from app.auth.models import Admin, RecoveryCode
from app.auth.tokens import hash_token
from app.errors import Conflict, Invalid, Unauthorized
from app.kit.clock import utcnow
from app.kit.crypto import Keyring, Undecryptable
from app.kit.redact import hide
from app.kit.reseal import SealedColumn
from app.messages import access
from app.resources import Resources

RECOVERY_CODES = 10
ISSUER = "Newsreel"
_STEPS_BESIDE = (0, -1, 1)
"""RFC 6238, 5.2: one step for the time that typing takes, and for clocks that are not quite right."""
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_CODE = re.compile(r"[0-9]{6}")

SEALED = (SealedColumn(Admin, "totp_secret_encrypted", lambda row_id: f"admins|{row_id}|totp_secret_encrypted"),)


class SecondFactorRequired(Unauthorized):
    """The password is right, and a code is wanted too. `ticket` stands for the password for some minutes."""

    code = "second_factor_required"
    title = access.CODE_WANTED

    def __init__(self, ticket: str = "") -> None:
        super().__init__()
        self.ticket = ticket


class WrongCode(Unauthorized):
    """The code is wrong, over, or was used already."""

    code = "wrong_code"
    title = access.WRONG_CODE


@dataclass(frozen=True, slots=True)
class Beginning:
    """What an authenticator app needs: shown once, and worth nothing until a code of it has come back."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)


async def begin_second_factor(resources: Resources, admin_id: str) -> Beginning:
    """Make a secret for the authenticator app. Raises Conflict where there is a second factor already."""
    secret = pyotp.random_base32()
    hide(secret)
    async with resources.transaction() as session:
        admin = await _lock(session, admin_id)
        if admin.has_second_factor:
            raise Conflict(access.SECOND_FACTOR_ON, code="second_factor_on")
        admin.totp_secret_encrypted = _seal(resources.keyring, admin, secret)
        admin.totp_last_step = None
        session.add(admin)
        record(session, "second_factor.begun", object_kind="person", object_id=admin.id, object_name=admin.email)
    return Beginning(secret, _uri(secret, admin))


async def pending_second_factor(resources: Resources, admin: Admin) -> Beginning | None:
    """Give what was begun and is not confirmed yet."""
    if admin.has_second_factor or not admin.totp_secret_encrypted:
        return None
    secret = _open(resources.keyring, admin)
    return Beginning(secret, _uri(secret, admin)) if secret else None


async def confirm_second_factor(resources: Resources, admin_id: str, code: str) -> Sequence[str]:
    """Switch the second factor on with a first code, and give the recovery codes, this once.

    Raises Conflict where nothing was begun or it is on already, Invalid for a wrong code.
    """
    async with resources.transaction() as session:
        admin = await _lock(session, admin_id)
        if admin.has_second_factor:
            raise Conflict(access.SECOND_FACTOR_ON, code="second_factor_on")
        secret = _open(resources.keyring, admin)
        if secret is None:
            raise Conflict(access.SECOND_FACTOR_NOT_BEGUN, code="second_factor_not_begun")
        step = _step_of(secret, code)
        if step is None:
            raise Invalid(access.WRONG_CODE, code="wrong_code")
        admin.totp_confirmed_at, admin.totp_last_step = utcnow(), step
        session.add(admin)
        record(session, "second_factor.on", object_kind="person", object_id=admin.id, object_name=admin.email)
        return await _new_codes(session, admin.id)


async def renew_recovery_codes(resources: Resources, admin_id: str, password: str, client_ip: str) -> Sequence[str]:
    """Give ten new recovery codes; the old ones are over. Raises WrongCredentials, TooManyRequests, Conflict."""
    attempt = await _check_password(resources, admin_id, password, client_ip)
    async with resources.transaction() as session:
        await throttle.forgive(session, attempt)
        admin = await _lock(session, admin_id)
        if not admin.has_second_factor:
            raise Conflict(access.SECOND_FACTOR_OFF, code="second_factor_off")
        record(session, "second_factor.codes_renewed", object_kind="person", object_id=admin.id,
               object_name=admin.email)  # fmt: skip
        return await _new_codes(session, admin.id)


async def end_second_factor(resources: Resources, admin_id: str, password: str, client_ip: str) -> None:
    """Switch the second factor off, with the password. Raises WrongCredentials, TooManyRequests."""
    attempt = await _check_password(resources, admin_id, password, client_ip)
    async with resources.transaction() as session:
        await throttle.forgive(session, attempt)
        await drop_second_factor(session, await _lock(session, admin_id))


async def drop_second_factor(session: AsyncSession, admin: Admin) -> None:
    """Forget a person's second factor with its recovery codes, as a part of a larger transaction."""
    admin.totp_secret_encrypted = admin.totp_confirmed_at = admin.totp_last_step = None
    session.add(admin)
    await session.exec(sa.delete(RecoveryCode).where(col(RecoveryCode.admin_id) == admin.id))
    record(session, "second_factor.off", object_kind="person", object_id=admin.id, object_name=admin.email)


async def use_code(session: AsyncSession, keyring: Keyring, admin: Admin, code: str) -> None:
    """Use up a code of the app, or a recovery code. Raises WrongCode, also for the slower of two with the same code."""
    secret = _open(keyring, admin)
    step = _step_of(secret, code) if secret else None
    if step is not None:
        is_later = sa.or_(col(Admin.totp_last_step).is_(None), col(Admin.totp_last_step) < step)
        is_same = col(Admin.totp_secret_encrypted) == admin.totp_secret_encrypted
        used = await session.exec(
            sa.update(Admin).where(col(Admin.id) == admin.id, is_later, is_same).values(totp_last_step=step)
        )
    else:
        used = await session.exec(
            sa.delete(RecoveryCode).where(
                col(RecoveryCode.admin_id) == admin.id, col(RecoveryCode.code_hash) == _hash(admin.id, code)
            )
        )
    if used.rowcount != 1:
        raise WrongCode


async def count_recovery_codes(session: AsyncSession, admin_id: str) -> int:
    """Count the recovery codes that are left."""
    query = select(sa.func.count()).select_from(RecoveryCode).where(RecoveryCode.admin_id == admin_id)
    return int((await session.exec(query)).one())


async def _check_password(resources: Resources, admin_id: str, password: str, client_ip: str) -> throttle.Attempt:
    async with resources.read() as session:
        email = (await session.exec(select(Admin.email).where(Admin.id == admin_id))).one()
    attempt = await throttle.admit(resources, email, client_ip)
    await check_credentials(resources, email, password, client_ip)
    return attempt


async def _lock(session: AsyncSession, admin_id: str) -> Admin:
    return (await session.exec(select(Admin).where(Admin.id == admin_id).with_for_update())).one()


async def _new_codes(session: AsyncSession, admin_id: str) -> Sequence[str]:
    await session.exec(sa.delete(RecoveryCode).where(col(RecoveryCode.admin_id) == admin_id))
    codes = ["".join(randomness.choice(_LETTERS) for _ in range(16)) for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(admin_id=admin_id, code_hash=_hash(admin_id, code)) for code in codes)
    return ["-".join(code[at : at + 4] for at in range(0, 16, 4)) for code in codes]


def _step_of(secret: str, code: str) -> int | None:
    """Tell for which step of time a code is good; None where it is good for none that may be meant."""
    code = "".join(code.split())
    if _CODE.fullmatch(code) is None:
        return None
    totp, now = pyotp.TOTP(secret), utcnow()
    steps = (totp.timecode(now) + beside for beside in _STEPS_BESIDE)
    return next((step for step in steps if compare_digest(totp.generate_otp(step), code)), None)


def _uri(secret: str, admin: Admin) -> str:
    return pyotp.TOTP(secret).provisioning_uri(name=admin.email, issuer_name=ISSUER)


def _seal(keyring: Keyring, admin: Admin, secret: str) -> str:
    return keyring.encrypt(secret, place=SEALED[0].place(admin.id))


def _open(keyring: Keyring, admin: Admin) -> str | None:
    """None where there is none, or no key opens it: a recovery code still lets its owner in."""
    try:
        sealed = admin.totp_secret_encrypted
        return keyring.decrypt(sealed, place=SEALED[0].place(admin.id)) if sealed else None
    except Undecryptable:
        return None


def _hash(admin_id: str, code: str) -> str:
    bare = "".join(letter for letter in code.casefold() if letter.isalnum())[:64]
    return hash_token(f"{admin_id}:{bare}")
