"""Who may call what: every route of the app by role and by the scopes of a key, read from the app itself."""

from collections.abc import AsyncIterator

import pytest
from sqlmodel import select

from app.auth.api_keys import create_key
from app.auth.models import Admin, Role, Scope
from app.auth.people import update_person
from app.auth.schemas import ApiKeyCreate, PersonUpdate
from app.resources import Resources
from tests.support.whole_app import (
    EMAIL,
    Caller,
    Endpoint,
    list_endpoints,
    log_in_browser,
    log_in_program,
    make_admin,
    open_app,
)

# What an editor may call: posts, articles, a preview, their own login, the manual. All else is an admin's.
EDITORS = (
    "/api/posts", "/api/articles", "/api/comments", "/api/stats", "/admin/overview", "/admin/badges",
    "/api/preview", "/api/auth/", "/schema", "/social", "/admin/posts", "/admin/approvals", "/admin/you",
    "/admin/articles", "/admin/calendar", "/admin/new", "/admin/uploads", "/api/uploads",
    "/api/notifications", "/api/deliveries", "/admin/notifications",
    "/admin/help", "/admin/logout", "/admin/{rest}",
)  # fmt: skip
NO_KEY = (
    "/api/auth",
    "/api/users",
    "/api/api-keys",
    "/api/audit",
    "/admin",
    "/social",
    "/api/tiktok/auth",
    "/tiktok/auth",
    "/api/business/auth",
)


@pytest.fixture
async def caller(sqlite_resources: Resources) -> AsyncIterator[Caller]:
    await make_admin(sqlite_resources)
    async with open_app(sqlite_resources) as opened:
        yield opened


def closed(caller: Caller) -> list[Endpoint]:
    return [found for found in list_endpoints(caller.app) if not found.options.get("public")]


def is_editors(endpoint: Endpoint) -> bool:
    # What spends money is an admin's, wherever it stands.
    if endpoint.template.startswith("/social/connect") or endpoint.template.endswith("/{post_id}/boost"):
        return False
    return endpoint.template == "/admin" or endpoint.template.startswith(EDITORS)


async def demote(resources: Resources) -> None:
    async with resources.transaction() as session:
        session.add(Admin(email="other@newsroom.example", password_hash="x"))
        await session.flush()
        me = (await session.exec(select(Admin.id).where(Admin.email == EMAIL))).one()
        await update_person(session, me, PersonUpdate(role=Role.editor))


async def call(caller: Caller, endpoint: Endpoint, **headers: str) -> tuple[int, str]:
    body = b"{}" if endpoint.is_unsafe and not endpoint.is_page else None
    answer = await caller.http.request(
        endpoint.method, endpoint.path, content=body, headers={"content-type": "application/json", **headers}
    )
    is_problem = answer.headers.get("content-type", "").startswith("application/problem")
    return answer.status_code, answer.json()["code"] if is_problem else ""


async def test_every_route_says_whose_it_is(caller):
    silent = [str(endpoint) for endpoint in closed(caller) if not isinstance(endpoint.options.get("role"), Role)]
    assert silent == [], "say opt=EDITOR or opt=ADMIN (app.auth.access)"
    said = {str(found): found.options["role"] is Role.editor for found in closed(caller)}
    assert said == {str(found): is_editors(found) for found in closed(caller)}


async def test_an_editor_is_refused_whatever_is_an_admins_and_nothing_else(caller, sqlite_resources):
    await log_in_program(caller.http, sqlite_resources)
    await demote(sqlite_resources)
    for endpoint in closed(caller):
        if endpoint.template.endswith("/logout"):
            continue
        status, code = await call(caller, endpoint)
        assert (status == 403) is not is_editors(endpoint), endpoint
        if status == 403 and not endpoint.is_page:
            assert code == "role_forbids", endpoint


async def test_a_demoted_admin_loses_the_rights_at_once_and_a_page_says_so(caller, sqlite_resources):
    login = await log_in_browser(caller.http, sqlite_resources)
    assert 'href="/admin/settings/social-media"' in (await caller.http.get("/admin/posts")).text
    await demote(sqlite_resources)
    page = await caller.http.get("/admin/settings/social-media")
    assert page.status_code == 403
    assert "This is for admins" in page.text
    form = {"_csrf_token": login.csrf_token, "name": "x", "kind": "generic"}
    refused = await caller.http.post("/admin/sources", data=form)
    assert refused.status_code == 403
    assert 'href="/admin/settings/social-media"' not in (await caller.http.get("/admin/posts")).text


def wanted_scopes(endpoint: Endpoint) -> set[Scope]:
    if endpoint.template.startswith(NO_KEY):
        return set()
    if endpoint.template.startswith("/api/sources"):
        return {Scope.sources} if endpoint.is_unsafe else {Scope.sources, Scope.read}
    if endpoint.template.startswith("/api/internal-calls"):
        return {Scope.internal}
    if endpoint.is_unsafe or "refresh-token" in endpoint.template:
        return {Scope.write}
    return {Scope.read}


@pytest.mark.parametrize("scope", list(Scope))
async def test_a_key_opens_what_its_scope_names_and_nothing_else(caller, sqlite_resources, scope):
    async with sqlite_resources.transaction() as session:
        made = await create_key(session, ApiKeyCreate(name="Gateway", scopes=[scope]), by=EMAIL)
    opened = 0
    for endpoint in closed(caller):
        status, code = await call(caller, endpoint, authorization=f"Bearer {made.key}")
        assert (status == 403) is (scope not in wanted_scopes(endpoint)), endpoint
        if status == 403 and not endpoint.is_page:
            assert code == "scope_forbids", endpoint
        opened += status != 403
    assert opened > 0


async def test_the_provider_takes_a_key_with_its_scope_in_place_of_its_own(caller, sqlite_resources):
    for scopes, status in (([Scope.internal], 200), ([Scope.read, Scope.write], 404)):
        async with sqlite_resources.transaction() as session:
            made = await create_key(session, ApiKeyCreate(name="Gateway", scopes=scopes), by=EMAIL)
        answer = await caller.http.get("/internal/operations", headers={"authorization": f"Bearer {made.key}"})
        assert answer.status_code == status
        health = await caller.http.get("/internal/health", headers={"authorization": "Bearer nr_nonsense"})
        assert health.status_code == 404
