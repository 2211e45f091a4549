"""What axe finds on every page: nothing, of any severity. One browser, one installation, all pages of the app."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from sqlmodel import select

from app.articles.models import Delivery, Source, SourceDelivery
from app.auth.models import Role
from app.auth.people import invite
from app.auth.schemas import PersonCreate
from app.config import Settings
from app.main import create_app
from app.posts.face.sign_off import make_sign_off_link
from app.posts.models import PostState
from app.posts.schemas import SignOffCreate
from app.resources import Resources
from tests.admin.live import Watched
from tests.admin.support import EMAIL, PASSWORD, arrange, make_newsroom
from tests.support.whole_app import Endpoint, list_endpoints

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1200)]

_AXE = (Path(__file__).parents[1] / "support" / "axe.min.js").read_text(encoding="utf-8")
_PLACES = ("/admin", "/approve", "/schema", "/social")
_NO_PAGES = re.compile(
    r"/live$|/creator$|/accounts/\{account_id\}$|/pictures/|/video$|/uploads/|/openapi\.json$|^/schema/\{path\}$|^/social/(callback|connect)/"
    r"|/reports/\{.*(file|csv|xlsx)"
)
"""Parts of pages, pictures, what leads to TikTok, and Litestar's own word for no such part of the document."""
_SHOWN = (PostState.awaiting_approval, PostState.failed, PostState.unconfirmed, PostState.published)


def test_no_page_has_a_violation(chromium: Browser, site: str, site_settings: Settings) -> None:
    known = arrange(site_settings, _fill)
    paths = sorted({path for one in list_endpoints(create_app(site_settings)) for path in _paths(one, known)})
    assert len(paths) > 40
    window = Watched(chromium, site)
    window.elsewhere = (site_settings.tiktok_api_base_url,)
    window.log_in(EMAIL, PASSWORD)
    found = {path: problems for path in paths if (problems := _violations(window.page, path))}
    emulator = site_settings.tiktok_api_base_url
    for address in (f"{emulator}/_emulator/", f"{emulator}/_emulator/business/", f"{site}/api/tiktok/auth"):
        if problems := _violations(window.page, address):
            found[address] = problems
    window.close()
    assert found == {}


def _paths(endpoint: Endpoint, known: dict[str, list[str]]) -> list[str]:
    template = endpoint.template
    if endpoint.method != "GET" or not template.startswith(_PLACES) or _NO_PAGES.search(template):
        return []
    if template in known:
        return known[template]
    # What has no row of its own here is the page that says so.
    return [endpoint.path]


async def _fill(resources: Resources) -> dict[str, list[str]]:
    """One of everything, and the addresses of the pages that show it."""
    ids = await make_newsroom(resources)
    async with resources.transaction() as session:
        source = (await session.exec(select(Source))).one()
        for outcome, code in ((Delivery.created, ""), (None, "invalid")):
            session.add(SourceDelivery(source_id=source.id, outcome=outcome, code=code, signed_at=source.created_at,
                                       body=b"x", kept_bytes=1))  # fmt: skip
        wanted = PersonCreate(email="new@newsroom.example", name="New", role=Role.editor)
        invitation = await invite(session, resources.settings, wanted)
    waiting = ids[PostState.awaiting_approval]
    link = await make_sign_off_link(resources, waiting, SignOffCreate(name="Chief"), by=EMAIL)
    here = resources.settings.public_url
    return {
        "/admin/posts/{post_id}": [f"/admin/posts/{ids[state]}" for state in _SHOWN],
        "/admin/approvals/{post_id}": [f"/admin/approvals/{waiting}"],
        "/admin/sources/{source_id}": [f"/admin/sources/{source.id}"],
        "/admin/sources/{source_id}/rules": [f"/admin/sources/{source.id}/rules"],
        "/admin/calendar": ["/admin/calendar", "/admin/calendar?view=list"],
        "/admin/help/{slug}": ["/admin/help/start", "/admin/help/settings"],
        "/schema/groups/{slug}": ["/schema/groups/posts"],
        "/admin/invitation/{token}": [invitation.url.removeprefix(here)],
        "/approve/{token}": [link.url.removeprefix(here)],
    }


def _violations(page: Page, path: str) -> list[str]:
    """What axe finds in both schemes. Evaluated, not put into the page: its policy lets no inline script run."""
    page.goto(path)
    page.evaluate(_AXE)
    lines = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        # The other scheme differs in its colours alone.
        only = "" if scheme == "light" else ", runOnly: ['color-contrast']"
        found = page.evaluate(f"axe.run(document, {{ resultTypes: ['violations']{only} }})")
        lines += [f"{scheme} {one['id']}: {node['html'][:160]}" for one in found["violations"] for node in one["nodes"]]
    return lines
