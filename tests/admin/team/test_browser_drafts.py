"""What was typed outlives the end of the login, in a real browser."""

import pytest
import sqlalchemy as sa

from app.auth.models import LoginSession
from app.config import Settings
from app.resources import Resources
from tests.admin.live import Watched
from tests.admin.support import EMAIL, PASSWORD, arrange

pytestmark = pytest.mark.browser


async def _end_all_logins(resources: Resources) -> None:
    async with resources.transaction() as session:
        await session.exec(sa.delete(LoginSession))


def test_a_form_is_filled_in_again_after_the_login_that_ended_meanwhile(
    window: Watched, site_settings: Settings
) -> None:
    page = window.page
    page.goto("/admin/api-keys")
    page.fill("#name", "Шлюз")
    page.check("#scope-read")
    arrange(site_settings, _end_all_logins)
    page.click("#new button")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    page.wait_for_url("**/admin/api-keys")
    assert (page.input_value("#name"), page.is_checked("#scope-read")) == ("Шлюз", True)
    page.click("#new button")
    page.wait_for_selector("#new_key")
    page.goto("/admin/api-keys")
    assert page.input_value("#name") == ""
