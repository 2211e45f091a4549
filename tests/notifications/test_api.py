"""The API of notifications: what may be set up, what is never shown, and what stays as it was."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from app.audit.models import AuditEntry
from app.auth.models import Admin, Role
from app.auth.people import update_person
from app.auth.schemas import PersonUpdate
from app.kit.ids import new_id
from app.notifications.secrets import SEALED
from app.ops.rotate import SEALED as ALL_SEALED
from app.outbox.models_endpoints import NotificationEndpoint
from app.posts.models import PostState
from tests.notifications.support import Desk, verified
from tests.support.whole_app import EMAIL, SOME_ID, log_in_program, make_admin, open_client

TOKEN = "123456:AAH-a_token_of_nobody_s-0123456789ab"
S = PostState


@pytest.fixture
async def client(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    await make_admin(desk.app)
    async with open_client(desk.app) as client:
        await log_in_program(client, desk.app)
        yield client


async def test_a_webhook_is_made_tested_used_replayed_and_removed(desk: Desk, client: httpx.AsyncClient, capsys: Any):
    wanted = {"channel": "webhook", "url": f"{desk.receiver.url}/hook", "events": ["post.failed"], "language": "ru"}
    made = (await client.post("/api/notifications", json=wanted)).json()
    path, secret = f"/api/notifications/{made['id']}", made.pop("secret")
    assert secret.startswith("whsec_")
    shown = (await client.get(path)).json()
    assert shown == made
    assert (shown["events"], shown["accounts"], shown["digest"], shown["enabled"]) == (["post.failed"], [], True, True)
    assert (await client.get("/api/notifications")).json() == {"items": [made], "next_cursor": None}

    desk.receiver.answers = [(500, b"no " + secret.encode()), (200, b"ok")]
    failed = (await client.post(f"{path}/test")).json()
    assert (failed["delivered"], failed["status"]) == (False, 500)
    tested = (await client.post(f"{path}/test")).json()
    assert (tested["delivered"], tested["text"], tested["delivery"]["state"]) == (True, "ok", "delivered")
    assert verified(desk.receiver.heard[-1], secret)["type"] == "test"

    await desk.move(await desk.post(), S.failed)
    await desk.tell()
    deliveries = (await client.get(f"{path}/deliveries")).json()["items"]
    assert [one["type"] for one in deliveries] == ["post.failed", "test", "test"]
    assert deliveries[0]["webhook_id"] == desk.receiver.heard[-1].headers["webhook-id"]
    again = await client.post(f"/api/deliveries/{deliveries[0]['id']}/replay")
    assert (again.status_code, again.json()["state"]) == (202, "waiting")
    await desk.tell()
    assert desk.receiver.heard[-1].body == desk.receiver.heard[-2].body
    assert len((await client.get(f"{path}/deliveries")).json()["items"][0]["tries"]) == 2

    rotated = (await client.post(f"{path}/rotate-secret")).json()
    assert rotated["secret"] not in {secret, None}
    assert (await client.delete(path)).status_code == 204
    assert (await client.get(path)).status_code == 404
    everything = json.dumps([shown, failed, tested, deliveries]) + capsys.readouterr().out
    assert secret not in everything
    assert secret.removeprefix("whsec_") not in everything


async def test_telegram_s_token_is_taken_and_never_given_back(desk: Desk, client: httpx.AsyncClient):
    wanted = {"channel": "telegram", "url": "@newsroom_desk", "token": TOKEN}
    made = await client.post("/api/notifications", json=wanted)
    assert made.status_code == 201
    assert made.json()["secret"] is None
    changed = await client.patch(f"/api/notifications/{made.json()['id']}", json={"token": f"{TOKEN}x", "name": "Desk"})
    assert TOKEN not in made.text + changed.text
    assert changed.json()["name"] == "Desk"
    stored = (await desk.endpoint(made.json()["id"])).secret_encrypted
    assert stored
    assert TOKEN not in stored
    assert set(SEALED) <= set(ALL_SEALED)


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"channel": "webhook", "url": "http://news.example/hook"}, "not_https"),
        ({"channel": "webhook", "url": "https://10.0.0.1/hook"}, "address_ip"),
        ({"channel": "webhook", "url": "https://localhost/hook"}, "address_odd"),
        ({"channel": "webhook", "url": "https://[::1]/hook"}, "address_ip"),
        ({"channel": "webhook", "url": "https://news.example:8443/hook"}, "address_port"),
        ({"channel": "webhook", "url": "https://user:secret@news.example/hook"}, "address_odd"),
        ({"channel": "webhook", "url": "javascript:alert(1)"}, "address_scheme"),
        ({"channel": "webhook", "url": "https://news.example/h", "token": TOKEN}, "token_not_wanted"),
        ({"channel": "webhook", "url": "https://news.example/h", "events": []}, "no_events"),
        ({"channel": "webhook", "url": "https://news.example/h", "events": ["post.done"]}, "unknown_events"),
        ({"channel": "webhook", "url": "https://news.example/h", "accounts": [SOME_ID]}, "unknown_accounts"),
        ({"channel": "webhook", "url": "https://news.example/h", "timezone": "Mars/Base"}, "bad_timezone"),
        ({"channel": "webhook", "url": "https://news.example/h", "timezone": "../etc/passwd"}, "bad_timezone"),
        ({"channel": "email", "url": "editor@news.example"}, "smtp_not_set"),
        ({"channel": "email", "url": "editor@news.example\nBcc: x@y.example"}, "bad_address"),
        ({"channel": "email", "url": "not an address"}, "bad_address"),
        ({"channel": "telegram", "url": "@newsroom_desk"}, "bad_token"),
        ({"channel": "telegram", "url": "@newsroom_desk", "token": "1/../../x"}, "bad_token"),
        ({"channel": "telegram", "url": "some chat", "token": TOKEN}, "bad_address"),
        ({"channel": "pigeon", "url": "x"}, ""),
        ({"channel": "webhook"}, ""),
        ({"channel": "webhook", "url": "https://news.example/h", "language": "de"}, ""),
        ({"channel": "webhook", "url": "https://news.example/h", "approval_after_minutes": -1}, ""),
        ({"channel": "webhook", "url": "https://news.example/h", "colour": "red"}, ""),
    ],
)
async def test_what_cannot_work_is_refused_with_its_reason(sqlite_desk: Desk, wanted: dict[str, Any], code: str):
    await make_admin(sqlite_desk.app)
    async with open_client(sqlite_desk.app) as client:
        await log_in_program(client, sqlite_desk.app)
        refused = await client.post("/api/notifications", json=wanted)
        assert refused.status_code in {400, 422}, refused.text
        assert code in {"", refused.json()["code"]}
        assert TOKEN not in refused.text
        assert (await client.get("/api/notifications")).json()["items"] == []


async def test_a_bad_change_changes_nothing_and_a_switch_stops_what_waits(desk: Desk, client: httpx.AsyncClient):
    endpoint, _ = await desk.listen()
    path = f"/api/notifications/{endpoint.id}"
    before = (await client.get(path)).json()
    for change in ({"name": "x", "url": "ftp://news.example"}, {"enabled": False, "events": ["nothing"]}):
        assert (await client.patch(path, json=change)).status_code == 422
    assert (await client.get(path)).json() == before
    desk.receiver.answers = [(500, b"")]
    await desk.move(await desk.post(), S.failed)
    await desk.tell()
    assert (await client.patch(path, json={"enabled": False})).json()["enabled"] is False
    (message,) = (await client.get(f"{path}/deliveries")).json()["items"]
    assert (message["state"], message["next_attempt_at"]) == ("failed", None)
    refused = await client.post(f"/api/deliveries/{message['id']}/replay")
    assert (refused.status_code, refused.json()["code"]) == (409, "notification_off")
    back = (await client.patch(path, json={"enabled": True})).json()
    assert (back["failing_since"], back["paused_until"], back["switched_off_at"]) == (None, None, None)


async def test_what_is_not_there_is_said_so(desk: Desk, client: httpx.AsyncClient):
    missing = new_id()
    for method, path in (
        ("GET", f"notifications/{missing}"),
        ("PATCH", f"notifications/{missing}"),
        ("DELETE", f"notifications/{missing}"),
        ("POST", f"notifications/{missing}/test"),
        ("POST", f"notifications/{missing}/rotate-secret"),
        ("GET", f"notifications/{missing}/deliveries"),
        ("POST", f"deliveries/{missing}/replay"),
    ):
        answer = await client.request(method, f"/api/{path}", json={} if method == "PATCH" else None)
        assert answer.status_code == 404, path


async def test_an_editor_has_their_own_and_an_admin_all(desk: Desk, client: httpx.AsyncClient):
    wanted = {"channel": "webhook", "url": "https://news.example/services/T0/a-secret-of-its-own"}
    of_admin = (await client.post("/api/notifications", json=wanted)).json()["id"]
    async with desk.app.transaction() as session:
        session.add(Admin(email="second@newsroom.example", password_hash="x"))
        await session.flush()
        me = (await session.exec(select(Admin.id).where(Admin.email == EMAIL))).one()
        await session.exec(sa.update(NotificationEndpoint).values(owner_id=None))
        await update_person(session, me, PersonUpdate(role=Role.editor))
    await log_in_program(client, desk.app)
    mine = (await client.post("/api/notifications", json=wanted | {"name": "Mine"})).json()["id"]
    assert [one["id"] for one in (await client.get("/api/notifications")).json()["items"]] == [mine]
    for method, path in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/test"), ("GET", "/deliveries")):
        body: dict[str, str] | None = {} if method == "PATCH" else None
        foreign = await client.request(method, f"/api/notifications/{of_admin}{path}", json=body)
        assert foreign.status_code == 404, (method, path)
    assert (await client.patch(f"/api/notifications/{mine}", json={"name": "Still mine"})).status_code == 200
    async with desk.app.read() as session:
        notes = select(AuditEntry).where(col(AuditEntry.object_kind) == "notification").order_by(col(AuditEntry.id))
        noted = (await session.exec(notes)).all()
    assert [one.action for one in noted] == ["notification.made", "notification.made", "notification.changed"]
    assert "a-secret-of-its-own" not in repr([(one.before, one.after) for one in noted])
