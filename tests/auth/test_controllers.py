"""The login API, as programs use it."""

import pytest
import structlog

from tests.auth.support import EMAIL, PASSWORD, log_in_page, log_in_program, make_admin, open_client

WRONG = {"email": EMAIL, "password": "a wrong guess"}


async def test_logs_in_tells_who_and_logs_out(resources):
    await make_admin(resources)
    async with open_client(resources) as client:
        answer = await client.post("/api/auth/login", json={"email": EMAIL, "password": PASSWORD})
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        assert "set-cookie" not in answer.headers
        body = answer.json()
        assert (body["token_type"], body["expires_in"]) == ("Bearer", 43200)
        client.headers["Authorization"] = f"Bearer {body['access_token']}"
        me = (await client.get("/api/auth/me")).json()
        assert me["email"] == EMAIL
        assert "password_hash" not in me
        assert (await client.post("/api/auth/logout")).status_code == 204
        assert (await client.get("/api/auth/me")).status_code == 401


async def test_refuses_a_wrong_password_and_then_holds_back(resources):
    await make_admin(resources)
    async with open_client(resources) as client:
        answers = [await client.post("/api/auth/login", json=WRONG) for _ in range(7)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429] * 2
    assert answers[0].json()["code"] == "wrong_credentials"
    assert int(answers[-1].headers["retry-after"]) > 0


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b'{"email": "a", "password": "canary', 400),
        (b'["canary"]', 400),
        (b'{"email": 1, "password": "canary"}', 400),
        (b'{"email": "canary"}', 400),
        (b'{"email":"canary","password":"\\ud800"}', 400),
    ],
)
async def test_answers_garbage_with_4xx_and_does_not_repeat_it(sqlite_resources, body, status):
    async with open_client(sqlite_resources) as client:
        answer = await client.post("/api/auth/login", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    assert "canary" not in answer.text


async def test_an_answer_never_repeats_the_password_that_was_sent(sqlite_resources):
    secret = "canary-password-5f1c"
    bodies: list[dict[str, object]] = [
        {"email": EMAIL, "password": secret},
        {"email": 1, "password": secret},
        {"email": EMAIL, "password": [secret]},
        {"email": EMAIL, "password": secret * 100},
        {"email": EMAIL, "password": "x", "more": secret},
    ]
    async with open_client(sqlite_resources) as client:
        with structlog.testing.capture_logs() as logs:
            answers = [await client.post("/api/auth/login", json=body) for body in bodies]
    assert [answer.status_code for answer in answers] == [401, 400, 400, 400, 400]
    assert secret not in "".join(answer.text for answer in answers) + repr(logs)


async def test_changes_the_password(resources):
    await make_admin(resources)
    async with open_client(resources) as client:
        login = await log_in_page(client, resources)
        headers = {"x-csrftoken": login.csrf_token}
        wrong = {"current_password": "a guess", "new_password": "another quiet harbour"}
        assert (await client.post("/api/auth/password", json=wrong, headers=headers)).status_code == 401
        weak = {"current_password": PASSWORD, "new_password": "short"}
        assert (await client.post("/api/auth/password", json=weak, headers=headers)).status_code == 422
        right = {"current_password": PASSWORD, "new_password": "another quiet harbour"}
        assert (await client.post("/api/auth/password", json=right, headers=headers)).status_code == 204
        assert (await client.get("/api/auth/me")).status_code == 200


async def test_logging_out_removes_the_cookie(sqlite_resources):
    await make_admin(sqlite_resources)
    async with open_client(sqlite_resources) as client:
        login = await log_in_page(client, sqlite_resources)
        answer = await client.post("/api/auth/logout", headers={"x-csrftoken": login.csrf_token})
        assert "newsreel=" in answer.headers["set-cookie"]
        assert "Max-Age=0" in answer.headers["set-cookie"]


async def test_the_login_of_a_program_is_told_by_its_token(sqlite_resources):
    await make_admin(sqlite_resources)
    async with open_client(sqlite_resources) as client:
        await log_in_program(client, sqlite_resources)
        assert (await client.get("/api/auth/me")).json()["email"] == EMAIL
