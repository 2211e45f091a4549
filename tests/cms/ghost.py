"""Ghost of npm's registry, on MariaDB: the last version that runs on Node 20, and today's with a Node of its own."""

import json
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.cms.node import KEPT, NotToBeHad, install, lacking, node_of_npm, npm, once, running
from tests.functional.stack import Stack, free_port, jpeg

_EVENTS = ("post.published", "post.published.edited", "post.unpublished", "post.deleted")
_WORDS = {
    "type": "extended-text",
    "text": "Мәтін.",
    "format": 0,
    "mode": "normal",
    "style": "",
    "detail": 0,
    "version": 1,
}
_BLOCK = {"direction": "ltr", "format": "", "indent": 0, "version": 1}
_TEXT = json.dumps(
    {"root": {"type": "root", **_BLOCK, "children": [{"type": "paragraph", **_BLOCK, "children": [_WORDS]}]}}
)
_EMAIL, _PASSWORD = "editor@newsroom.example", "correct horse battery staple"


class _Site:
    def __init__(self, url: str) -> None:
        self.url = url
        admin = f"{url}/ghost/api/admin"
        self._http = httpx.Client(base_url=admin, headers={"Origin": url}, trust_env=False, timeout=60)
        self._webhooks: list[str] = []
        owner = {"name": "Editor", "email": _EMAIL, "password": _PASSWORD, "blogTitle": "Newsroom"}
        self._call("POST", "/authentication/setup/", setup=[owner])
        self._http.post("/session/", json={"username": _EMAIL, "password": _PASSWORD}).raise_for_status()
        (self._integration,) = self._call(
            "POST", "/integrations/?include=api_keys,webhooks", integrations=[{"name": "Newsreel"}]
        )["integrations"]
        file = {"file": ("mektep.jpg", jpeg(), "image/jpeg")}
        answer = self._http.post("/images/upload/", files=file, data={"purpose": "image"})
        answer.raise_for_status()
        self._picture = answer.json()["images"][0]["url"]

    def _call(self, method: str, path: str, **document: Any) -> Any:
        answer = self._http.request(method, path, json=document or None)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text[:1000]}"
        return answer.json() if answer.content else {}

    @property
    def feed(self) -> dict[str, Any]:
        key = next(key for key in self._integration["api_keys"] if key["type"] == "content")
        return {"feed_url": f"{self.url}/ghost/api/content/posts/", "read_token": key["secret"]}

    def connect(self, source: dict[str, Any], _stack: Stack) -> None:
        for event in _EVENTS:
            hook = {
                "event": event, "target_url": source["webhook_url"], "name": event, "secret": source["secret"],
                "integration_id": self._integration["id"],
            }  # fmt: skip
            self._webhooks.append(self._call("POST", "/webhooks/", webhooks=[hook])["webhooks"][0]["id"])

    def publish(self, title: str) -> str:
        post = {"title": title, "lexical": _TEXT, "status": "published", "feature_image": self._picture}
        return str(self._call("POST", "/posts/", posts=[post])["posts"][0]["id"])

    def update(self, article: str, title: str) -> None:
        self._change(article, title=title)

    def unpublish(self, article: str) -> None:
        self._change(article, status="draft")

    def _change(self, article: str, **values: Any) -> None:
        (post,) = self._call("GET", f"/posts/{article}/")["posts"]
        self._call("PUT", f"/posts/{article}/", posts=[{"updated_at": post["updated_at"], **values}])

    def mute(self) -> None:
        for webhook in self._webhooks:
            self._call("DELETE", f"/webhooks/{webhook}/")


class GhostOfNpm:
    """Installed as its own command line does it, but for what would have to be compiled."""

    KIND, OPTIONS = "ghost", dict[str, Any]()

    def __init__(self, version: str, node: str = "") -> None:
        """Name the version, and the Node that it needs where that is not this machine's."""
        self.version = version
        self.node = node
        self.NAME = f"Ghost {version} (npm)"

    def missing(self, _folder: Path) -> str:
        if lacks := lacking():
            return f"it needs Node 20, npm and MariaDB, and here is no {lacks}"
        try:
            if self.node:
                node_of_npm(self.node)
            with once(f"ghost-{self.version}") as folder:
                if folder is not None:
                    _install(folder, self.version)
        except NotToBeHad as why:
            return str(why)
        return ""

    @contextmanager
    def running(self, folder: Path) -> Iterator[_Site]:
        port = free_port()
        url, content = f"http://localhost:{port}", folder / "content"
        for name in ("images", "themes", "data", "settings", "logs", "files", "media"):
            (content / name).mkdir(parents=True)
        package = KEPT / f"ghost-{self.version}" / "package"
        environment = {
            "NODE_ENV": "production", "url": url, "server__port": str(port), "server__host": "127.0.0.1",
            "database__client": "mysql", "database__connection__socketPath": "{socket}",
            "database__connection__user": "root", "database__connection__database": "ghost",
            "paths__contentPath": str(content), "process": "local", "privacy__useUpdateCheck": "false",
            # Both stand in the manual: Newsreel runs beside it here, and nobody reads its mail.
            "security__allowWebhookInternalIPs": "true", "security__staffDeviceVerification": "false",
            "logging__transports": '["stdout"]', "imageOptimization__resize": "false",
        }  # fmt: skip
        health = f"{url}/ghost/api/admin/site/"
        script = package / ("ghost.js" if (package / "ghost.js").exists() else "index.js")  # until Ghost 5, and since
        with running(folder, script, database="ghost", cwd=package, environment=environment,
                     health=health, node=node_of_npm(self.node) if self.node else "node"):  # fmt: skip
            yield _Site(url)


def _install(folder: Path, version: str) -> None:
    npm(folder, "pack", f"ghost@{version}", "--silent")
    with tarfile.open(next(folder.glob("ghost-*.tgz"))) as archive:
        archive.extractall(folder, filter="data")
    package = folder / "package" / "package.json"
    document = json.loads(package.read_text())
    # Some of what it is tested with is not in the registry, and what is optional would be compiled.
    for name in ("devDependencies", "optionalDependencies", "scripts"):
        document.pop(name, None)
    package.write_text(json.dumps(document))
    install(folder / "package")
