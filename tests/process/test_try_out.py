"""From an installation without an app of TikTok's to a connected account by clicks alone, and back."""

import re
from pathlib import Path

import httpx

from tests.support.installation import Installation, child
from tests.support.waiting import until

EMAIL, PASSWORD = "editor@news.example", "correct-horse-battery-staple-7"
START = "/admin/start"


class Browser:
    """Clicks without script."""

    def __init__(self, place: Installation) -> None:
        self.place = place
        self.http = httpx.Client(base_url=place.url, trust_env=False, verify=False, follow_redirects=True, timeout=60)

    def open(self, path: str) -> str:
        return self.http.get(path).text

    def log_in(self) -> None:
        answer = self.http.post("/admin/login", data={"email": EMAIL, "password": PASSWORD}, follow_redirects=False)
        assert answer.status_code == 303, answer.text[:500]

    def click(self, path: str) -> httpx.Response:
        (token,) = set(re.findall(r'name="_csrf_token" value="([0-9a-f]+)"', self.open(START)))
        return self.http.post(path, data={"_csrf_token": token}, follow_redirects=False)

    def says(self, words: str) -> bool:
        try:
            return words in self.open(START)
        except httpx.TransportError:  # the process that held the connection was ended
            return False


def test_one_click_puts_the_emulator_in_tiktoks_place_and_another_takes_it_away(tmp_path: Path) -> None:
    place = Installation(tmp_path)
    admin = {"NEWSREEL_ADMIN_EMAIL": EMAIL, "NEWSREEL_ADMIN_PASSWORD": PASSWORD}
    with place.running("up", **admin) as supervisor:
        until(place.answers)
        browser = Browser(place)
        browser.log_in()
        assert child(supervisor, "emulator") is None
        assert browser.click(f"{START}/try-out").headers["location"] == START
        until(lambda: browser.says("Go back to TikTok"))
        assert "TikTok is emulated" in browser.open("/admin/")
        consent = browser.http.get("/api/tiktok/auth")
        assert consent.url.path == "/v2/auth/authorize/"
        allowed = browser.http.post(consent.url, data={"decision": "allow"})
        assert allowed.url.params["tiktok_auth"] == "success", allowed.url
        (account,) = browser.http.get("/api/tiktok/status").json()["accounts"]
        assert account["state"] == "connected"
        browser.click(f"{START}/try-out/end")
        until(lambda: browser.says("Try it with the emulator"))
        assert "TikTok is emulated" not in browser.open("/admin/")
        assert browser.http.get("/api/tiktok/status").json()["connected"] is False
        until(lambda: not any("--chosen" in process.cmdline() for process in supervisor.children()))
