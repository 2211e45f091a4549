"""No change over HTTP goes untold: every unsafe route leaves an entry, and services say what was before and after."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from litestar.routes import HTTPRoute
from sqlmodel import col, select

from app.admin.audit.route_words import words_of
from app.audit.models import AuditEntry
from app.auth.middleware import AuthenticationMiddleware
from app.resources import Resources
from tests.auth.test_roles import closed
from tests.builders import make_account, make_post
from tests.support.whole_app import EMAIL, PASSWORD, Caller, log_in_program, make_admin, open_app

# What changes nothing for anybody else: a draft that is kept while one types.
UNTOLD = {
    "/admin/posts/new/draft",
    # Who looks at something is shown to others for a minute, and is no change of anything.
    "/admin/approvals/{post_id}/look",
    "/social/comments/{comment_id}/look",
    # What would become of something, as it is typed.
    "/admin/captions/hashtags/why",
    "/admin/captions/preview",
    "/admin/sources/{source_id}/fields/try",
    "/admin/sources/{source_id}/rules/try",
    "/api/preview",
    "/api/sources/{source_id}/check",
    "/api/sources/{source_id}/rules/check",
}


@pytest.fixture
async def caller(resources: Resources) -> AsyncIterator[Caller]:
    await make_admin(resources)
    async with open_app(resources) as opened:
        await log_in_program(opened.http, resources)
        yield opened


async def told(resources: Resources, *, since: str = "") -> list[AuditEntry]:
    async with resources.read() as session:
        query = select(AuditEntry).where(AuditEntry.id > since).order_by(col(AuditEntry.id))
        return list((await session.exec(query)).all())


@pytest.fixture
async def sqlite_caller(sqlite_resources: Resources) -> AsyncIterator[Caller]:
    await make_admin(sqlite_resources)
    async with open_app(sqlite_resources) as opened:
        yield opened


async def test_every_unsafe_route_leaves_an_entry_when_it_succeeds_and_none_when_it_does_not(
    sqlite_caller, sqlite_resources
):
    """What the route itself does is left out: the edge alone must not let an answer go without an entry."""
    caller = sqlite_caller
    login = await log_in_program(caller.http, sqlite_resources)
    unsafe = [endpoint for endpoint in closed(caller) if endpoint.is_unsafe]
    assert {endpoint.template for endpoint in unsafe if endpoint.options.get("untold")} == UNTOLD
    assert len(unsafe) > 40
    handlers: dict[tuple[str, str], Any] = {
        (str(method), route.path_format): handler
        for route in caller.app.routes
        if isinstance(route, HTTPRoute)
        for method, (handler, _) in route.route_handler_map.items()
    }
    last = (await told(sqlite_resources))[-1].id
    for endpoint in unsafe:
        for status in (200, 303, 403, 422):
            await answer_at_the_edge(
                caller, login.token, handlers[endpoint.method, endpoint.template], endpoint.path, status
            )
            entries = await told(sqlite_resources, since=last)
            assert len(entries) == (status < 400 and endpoint.template not in UNTOLD), (endpoint, status)
            for entry in entries:
                assert words_of(entry.action), f"the audit log has no words for {entry.action}"
                assert entry.actor_name == EMAIL
                last = entry.id


async def answer_at_the_edge(caller: Caller, token: str, handler: Any, path: str, status: int) -> None:
    async def answer(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": status, "headers": []})

    async def nothing(*_message: Any) -> None:
        return None

    scope = {
        "type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b"", "state": {},
        "headers": [(b"authorization", f"Bearer {token}".encode()), (b"host", b"x")], "client": ("127.0.0.1", 1),
        "app": caller.app, "litestar_app": caller.app, "route_handler": handler, "path_params": {"id": "1"},
    }  # fmt: skip
    await AuthenticationMiddleware(answer)(scope, nothing, nothing)  # type: ignore[arg-type]


async def test_services_tell_what_was_before_and_after_and_never_a_secret(caller, resources):
    http = caller.http
    async with resources.transaction() as session:
        account = await make_account(session)
        post = await make_post(session, account_id=account.id, state="failed", title="Тақырып")
    made = (await http.post("/api/sources", json={"name": "CMS", "kind": "generic"})).json()
    secrets = [made["secret"]]
    await http.patch(f"/api/sources/{made['id']}", json={"name": "Newsroom"})
    secrets.append((await http.post(f"/api/sources/{made['id']}/rotate-secret")).json()["secret"])
    await http.delete(f"/api/sources/{made['id']}")
    await http.post("/api/verification-files", json={"filename": "tiktoka.txt", "content": "a=b"})
    await http.delete("/api/verification-files/tiktoka.txt")
    await http.put("/api/settings/hashtags", json={"brand": ["#aimaq"]})
    await http.put("/api/settings/tiktok-app", json={"client_key": "k-2", "client_secret": "canary-client-secret"})
    await http.patch(f"/api/accounts/{account.id}", json={"daily_cap": 3})
    await http.post(f"/api/posts/{post.id}/retry")
    person = (await http.post("/api/users", json={"email": "new@example.org"})).json()
    await http.patch(f"/api/users/{person['id']}", json={"role": "admin"})
    await http.delete(f"/api/users/{person['id']}")
    key = (await http.post("/api/api-keys", json={"name": "Gateway", "scopes": ["internal"]})).json()
    await http.delete(f"/api/api-keys/{key['id']}")
    await http.post("/api/auth/password", json={"current_password": PASSWORD, "new_password": PASSWORD[::-1]})
    entries = [entry for entry in await told(resources) if entry.actor_kind == "person"]
    assert [entry.action for entry in entries if entry.action.partition(".")[0] != "login"] == [
        "source.made", "source.changed", "source.secret_renewed", "source.removed", "file.stored", "file.removed",
        "hashtags.changed", "tiktok_app.changed", "account.changed", "post.retry", "person.invited", "person.changed",
        "person.removed", "key.made", "key.removed", "password.changed",
    ]  # fmt: skip
    by_action = {entry.action: entry for entry in entries}
    assert (by_action["source.changed"].before, by_action["source.changed"].after) == (
        {"name": "CMS"},
        {"name": "Newsroom"},
    )
    assert by_action["person.changed"].after == {"role": "admin"}
    assert by_action["account.changed"].after == {"daily_cap": 3}
    assert by_action["post.retry"].before["state"] == "failed"
    assert {(entry.actor_name, entry.address) for entry in entries} == {(EMAIL, "127.0.0.1")}
    secrets += ["canary-client-secret", key["key"], person["invitation_url"].rpartition("/")[2], PASSWORD]
    text = repr([entry.model_dump() for entry in entries])
    assert not [secret for secret in secrets if secret in text]


async def test_a_refused_change_leaves_no_entry(caller, resources):
    before = len(await told(resources))
    for path, body in (
        ("/api/sources", {"name": "CMS", "kind": "nonsense"}),
        ("/api/users", {"email": "nobody"}),
        ("/api/verification-files", {"filename": "x", "content": "y"}),
    ):
        assert (await caller.http.post(path, json=body)).status_code >= 400
    assert len(await told(resources)) == before
