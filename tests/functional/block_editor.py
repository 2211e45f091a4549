"""An editor at WordPress's block editor, in a real Chromium: the plugin's panel opened, filled in and saved."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, Page, expect, sync_playwright

from tests.admin.live import ARGUMENTS, find_chromium

_NO_GUIDE = "() => { const d = wp.data.dispatch('core/edit-post'); if (wp.data.select('core/edit-post')\
.isFeatureActive('welcomeGuide')) d.toggleFeature('welcomeGuide'); }"


class BlockEditor:
    """The editor of one article; `troubles` are the errors that its page reported."""

    def __init__(self, page: Page, url: str) -> None:
        self._page, self._url = page, url
        self.troubles: list[str] = []
        page.on("pageerror", lambda error: self.troubles.append(str(error)))

    def log_in(self, user: str, password: str) -> None:
        self._page.goto(f"{self._url}/wp-login.php")
        self._page.locator("#user_login").fill(user)
        self._page.locator("#user_pass").fill(password)
        self._page.locator("#wp-submit").click()
        self._page.wait_for_url("**/wp-admin/**")

    def open(self, path: str) -> None:
        self._page.goto(f"{self._url}/wp-admin/{path}")
        self._page.wait_for_function("() => window.wp && wp.data && wp.data.select('core/editor').getCurrentPostId()")
        self._page.evaluate(_NO_GUIDE)

    def title(self, text: str) -> None:
        self._page.get_by_role("textbox", name="Add title").fill(text)

    @property
    def panel(self) -> Locator:
        """The plugin's panel beside the article, opened."""
        button = self._page.get_by_role("button", name="TikTok", exact=True)
        if button.get_attribute("aria-expanded") != "true":
            button.click()
        return self._page.locator(".components-panel__body", has=button)

    def caption(self, text: str) -> None:
        self.panel.get_by_label("Caption for TikTok").fill(text)

    def choose_picture(self, name: str) -> None:
        self.panel.get_by_role("button", name="Choose a picture").click()
        modal = self._page.locator(".media-modal:visible")
        modal.get_by_role("tab", name="Media Library").click()
        modal.locator(f"li.attachment[aria-label='{name}']").click()
        modal.locator(".media-button-select").click()
        expect(self.panel.locator("img")).to_have_attribute("src", f"{self.picture_of(name)}")

    def picture_of(self, name: str) -> str:
        """The address of a picture in the library, as the editor's own data have it."""
        query = f"() => wp.apiFetch({{ path: '/wp/v2/media?search={name}' }}).then((found) => found[0].source_url)"
        return str(self._page.evaluate(query))

    def publish(self) -> int:
        """Click Publish, and Publish once more in the panel that asks; give the post's id."""
        self._page.locator(".editor-post-publish-panel__toggle").click()
        self._page.locator(".editor-post-publish-button").click()
        expect(self._page.locator(".post-publish-panel__postpublish-header")).to_contain_text("is now live")
        return int(self._page.evaluate("() => wp.data.select('core/editor').getCurrentPostId()"))


@contextmanager
def block_editor(url: str) -> Iterator[BlockEditor | None]:
    """Open a browser; None where there is none here."""
    with sync_playwright() as playwright:
        path = find_chromium(playwright)
        if path is None:
            yield None
            return
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        expect.set_options(timeout=120_000)
        context = browser.new_context(viewport={"width": 1400, "height": 1000}, locale="en")
        context.set_default_timeout(120_000)
        yield BlockEditor(context.new_page(), url)
        browser.close()
