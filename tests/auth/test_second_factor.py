"""The second factor: switched on with a first code, asked for at each login, no code good twice."""

import asyncio
from datetime import timedelta

import pyotp
import pytest
import time_machine
from sqlmodel import select

from app.auth import second_factor
from app.auth.models import Admin, RecoveryCode
from app.auth.own_password import set_password
from app.auth.second_factor import SEALED, WrongCode
from app.auth.service import finish_login, log_in
from app.errors import AppError, Invalid
from app.kit.clock import utcnow
from app.ops.rotate import SEALED as ROTATED
from app.resources import Resources
from tests.auth.support import EMAIL, PASSWORD, log_in_program, make_admin, open_client

HERE = "127.0.0.1"


async def switch_on(resources: Resources) -> tuple[str, list[str]]:
    """Give the secret and the recovery codes; the code that confirmed it is of the step before."""
    admin = await make_admin(resources)
    begun = await second_factor.begin_second_factor(resources, admin.id)
    code = pyotp.TOTP(begun.secret).at(utcnow() - timedelta(seconds=30))
    return begun.secret, list(await second_factor.confirm_second_factor(resources, admin.id, code))


def code_of(secret: str, seconds: int = 0) -> str:
    return pyotp.TOTP(secret).at(utcnow() + timedelta(seconds=seconds))


async def try_code(resources: Resources, code: str) -> str:
    try:
        await log_in(resources, EMAIL, PASSWORD, HERE, code=code)
    except AppError as error:
        return error.code
    return "in"


async def test_a_program_switches_it_on_logs_in_with_it_and_switches_it_off(resources):
    await make_admin(resources)
    async with open_client(resources) as client:
        await log_in_program(client, resources)
        assert (await client.post("/api/auth/totp/confirm", json={"code": "123456"})).json()["code"] == (
            "second_factor_not_begun"
        )
        begun = (await client.post("/api/auth/totp")).json()
        assert begun["uri"].startswith("otpauth://totp/Newsreel:")
        assert f"secret={begun['secret']}" in begun["uri"]
        assert (await client.get("/api/auth/me")).json()["has_second_factor"] is False
        wrong = await client.post("/api/auth/totp/confirm", json={"code": "000000x"})
        assert (wrong.status_code, wrong.json()["code"]) == (422, "wrong_code")
        first = code_of(begun["secret"], -30)
        done = await client.post("/api/auth/totp/confirm", json={"code": f"{first[:3]} {first[3:]}"})
        codes = done.json()["recovery_codes"]
        assert len(set(codes)) == 10
        assert (await client.post("/api/auth/totp")).json()["code"] == "second_factor_on"
        asked = await client.post("/api/auth/login", json={"email": EMAIL, "password": PASSWORD})
        assert (asked.status_code, asked.json()["code"]) == (401, "second_factor_required")
        given = {"email": EMAIL, "password": PASSWORD, "code": code_of(begun["secret"])}
        answer = await client.post("/api/auth/login", json=given)
        assert set(answer.json()) == {"access_token", "token_type", "expires_in"}
        again = await client.post("/api/auth/login", json=given)
        assert (again.status_code, again.json()["code"]) == (401, "wrong_code")
        assert (await client.request("DELETE", "/api/auth/totp", json={"password": "guess"})).status_code == 401
        assert (await client.request("DELETE", "/api/auth/totp", json={"password": PASSWORD})).status_code == 204
        assert (await client.post("/api/auth/login", json={"email": EMAIL, "password": PASSWORD})).status_code == 200
    async with resources.read() as session:
        assert (await session.exec(select(RecoveryCode))).all() == []


async def test_a_wrong_password_is_refused_as_ever_and_tells_nothing_of_a_second_factor(resources):
    await switch_on(resources)
    with pytest.raises(AppError) as caught:
        await log_in(resources, EMAIL, "a wrong guess", HERE, code="123456")
    assert caught.value.code == "wrong_credentials"


async def test_a_code_is_good_for_its_own_time_and_the_steps_beside(resources):
    secret, _ = await switch_on(resources)
    for seconds in (90, 60, -90, -300):
        assert await try_code(resources, code_of(secret, seconds)) == "wrong_code", seconds
    assert await try_code(resources, code_of(secret, 30)) == "in"
    # Whatever is older than a code that was used is over with it.
    assert await try_code(resources, code_of(secret)) == "wrong_code"


async def test_of_two_logins_with_one_code_at_once_one_succeeds(resources):
    secret, codes = await switch_on(resources)
    for code in (code_of(secret), codes[3]):
        ends = await asyncio.gather(*(try_code(resources, code) for _ in range(2)))
        assert sorted(ends) == ["in", "wrong_code"]


async def test_each_recovery_code_lets_in_once_however_it_is_typed(resources):
    _, codes = await switch_on(resources)
    assert await try_code(resources, codes[0].upper().replace("-", " ")) == "in"
    assert await try_code(resources, codes[0]) == "wrong_code"
    assert await try_code(resources, codes[1]) == "in"
    async with resources.read() as session:
        rows = (await session.exec(select(RecoveryCode))).all()
    assert len(rows) == 8
    assert not any(code.replace("-", "") in repr(rows) for code in codes)


async def test_new_recovery_codes_end_the_old_ones_and_want_the_password(resources):
    _, codes = await switch_on(resources)
    async with resources.read() as session:
        admin = (await session.exec(select(Admin))).one()
    with pytest.raises(AppError):
        await second_factor.renew_recovery_codes(resources, admin.id, "guess", HERE)
    fresh = await second_factor.renew_recovery_codes(resources, admin.id, PASSWORD, HERE)
    assert await try_code(resources, codes[0]) == "wrong_code"
    assert await try_code(resources, fresh[0]) == "in"


async def test_guessing_codes_is_held_back_like_guessing_passwords(resources):
    secret, _ = await switch_on(resources)
    ends = [await try_code(resources, f"{n:06}") for n in range(6)]
    assert ends[0] == "wrong_code"
    assert ends[-1] == "too_many_requests"
    assert await try_code(resources, code_of(secret)) == "too_many_requests"


async def test_the_page_s_ticket_stands_for_the_password_for_minutes_and_until_it_is_changed(resources):
    secret, codes = await switch_on(resources)

    async def ticket() -> str:
        with pytest.raises(second_factor.SecondFactorRequired) as wanted:
            await log_in(resources, EMAIL, PASSWORD, HERE)
        return wanted.value.ticket

    first = await ticket()
    with pytest.raises(WrongCode):
        await finish_login(resources, first, "", HERE)
    assert (await finish_login(resources, first, code_of(secret), HERE)).admin.email == EMAIL
    with time_machine.travel(utcnow() + timedelta(minutes=6)), pytest.raises(AppError) as over:
        await finish_login(resources, first, codes[0], HERE)
    assert over.value.code == "wrong_credentials"
    async with resources.transaction() as session:
        await set_password(session, EMAIL, "another quiet harbour")
    for bad in (first, "", "x.y.z", "ж"):
        with pytest.raises(AppError) as refused:
            await finish_login(resources, bad, codes[0], HERE)
        assert refused.value.code == "wrong_credentials"


async def test_whoever_has_lost_all_is_let_in_by_the_command(resources):
    await switch_on(resources)
    async with resources.transaction() as session:
        await set_password(session, EMAIL, "another quiet harbour", without_second_factor=True)
    assert (await log_in(resources, EMAIL, "another quiet harbour", HERE)).admin.has_second_factor is False


async def test_the_secret_is_sealed_and_its_key_can_change(resources):
    secret, _ = await switch_on(resources)
    async with resources.read() as session:
        admin = (await session.exec(select(Admin))).one()
    assert admin.totp_secret_encrypted
    assert secret not in admin.totp_secret_encrypted
    assert SEALED[0] in ROTATED


async def test_nothing_odd_is_a_code(resources):
    await switch_on(resources)
    async with resources.read() as session:
        admin_id = (await session.exec(select(Admin.id))).one()
    for odd in ("", "١٢٣٤٥٦", "12345", "1234567", "\0", "ж" * 100):
        with pytest.raises((Invalid, AppError)):
            await second_factor.confirm_second_factor(resources, admin_id, odd)
