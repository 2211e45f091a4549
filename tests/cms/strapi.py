"""Strapi 5 of npm's registry, on MariaDB: an application with articles, driven as its admin panel does."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.cms.node import KEPT, NotToBeHad, install, lacking, once, running
from tests.functional.stack import Stack, free_port, jpeg

VERSION = "5.54.0"
_PACKAGES = (f"@strapi/strapi@{VERSION}", "mysql2@3", "react@18", "react-dom@18", "react-router-dom@6",
             "styled-components@6")  # fmt: skip
_UID = "api::article.article"
_EVENTS = ["entry.create", "entry.update", "entry.delete", "entry.publish", "entry.unpublish"]
_SCHEMA = {
    "kind": "collectionType",
    "collectionName": "articles",
    "info": {"singularName": "article", "pluralName": "articles", "displayName": "Article"},
    "options": {"draftAndPublish": True},
    "attributes": {
        "title": {"type": "string"},
        "description": {"type": "text"},
        "slug": {"type": "uid", "targetField": "title"},
        "body": {"type": "blocks"},
        "cover": {"type": "media", "multiple": False, "allowedTypes": ["images"]},
    },
}
_MIDDLEWARES = ["logger", "errors", "security", "cors", "poweredBy", "query", "body", "session", "favicon", "public"]
_MYSQL = "{ socketPath: env('SOCKET'), database: 'strapi', user: 'root', password: '' }"
_FACTORY = "module.exports = require('@strapi/strapi').factories.create%s('{uid}');".replace("{uid}", _UID)
FILES = {
    "start.js": "const { createStrapi } = require('@strapi/strapi');\n"
    "createStrapi({ appDir: __dirname, distDir: __dirname }).start();",
    "config/server.js": "module.exports = ({ env }) =>"
    " ({ host: '127.0.0.1', port: env.int('PORT'), url: env('URL'), app: { keys: ['a', 'b'] } });",
    "config/admin.js": "module.exports = () => ({ serveAdminPanel: false, auth: { secret: 'a' },"
    " apiToken: { salt: 'b' }, transfer: { token: { salt: 'c' } }, secrets: { encryptionKey: 'k'.repeat(32) } });",
    "config/database.js": "module.exports = ({ env }) =>"
    f" ({{ connection: {{ client: 'mysql', connection: {_MYSQL}, pool: {{ min: 1, max: 5 }} }} }});",
    "config/middlewares.js": f"module.exports = {json.dumps([f'strapi::{name}' for name in _MIDDLEWARES])};",
    "config/plugins.js": "module.exports = () => ({});",
    "config/api.js": "module.exports = { rest: { defaultLimit: 25, maxLimit: 100 } };",
    "src/index.js": "module.exports = { register() {}, bootstrap() {} };",
    "src/api/article/content-types/article/schema.json": json.dumps(_SCHEMA),
    "src/api/article/controllers/article.js": _FACTORY % "CoreController",
    "src/api/article/services/article.js": _FACTORY % "CoreService",
    "src/api/article/routes/article.js": _FACTORY % "CoreRouter",
}


class _Site:
    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx.Client(base_url=url, trust_env=False, timeout=60)
        who = {"firstname": "E", "lastname": "E", "email": "editor@newsroom.example", "password": "Correct-horse-8"}
        token = self._call("POST", "/admin/register-admin", **who)["data"]["token"]
        self._http.headers["Authorization"] = f"Bearer {token}"
        answer = self._http.post("/upload", files={"files": ("mektep.jpg", jpeg(), "image/jpeg")})
        assert answer.is_success, answer.text[:1000]
        self._picture = answer.json()[0]["id"]
        self._read_token = self._call(
            "POST", "/admin/api-tokens", name="Newsreel", description="", type="read-only", lifespan=None
        )["data"]["accessKey"]
        self._webhook = 0

    def _call(self, method: str, path: str, **document: Any) -> Any:
        answer = self._http.request(method, path, json=document)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text[:1000]}"
        return answer.json()

    @property
    def feed(self) -> dict[str, Any]:
        return {
            "feed_url": f"{self.url}/api/articles", "read_token": self._read_token, "options": {"site_url": self.url},
        }  # fmt: skip

    def connect(self, source: dict[str, Any], _stack: Stack) -> None:
        headers = {"Authorization": f"Bearer {source['secret']}"}
        hook = {"name": "Newsreel", "url": source["webhook_url"], "headers": headers, "events": _EVENTS}
        self._webhook = self._call("POST", "/admin/webhooks", **hook)["data"]["id"]

    def publish(self, title: str) -> str:
        text = [{"type": "paragraph", "children": [{"type": "text", "text": "Мәтін."}]}]
        entry = {"title": title, "slug": f"a-{abs(hash(title))}", "body": text, "cover": self._picture}
        return str(self._act("actions/publish", **entry)["data"]["documentId"])

    def update(self, article: str, title: str) -> None:
        self._act(f"{article}/actions/publish", title=title)

    def unpublish(self, article: str) -> None:
        self._act(f"{article}/actions/unpublish")

    def _act(self, action: str, **entry: Any) -> Any:
        return self._call("POST", f"/content-manager/collection-types/{_UID}/{action}", **entry)

    def mute(self) -> None:
        self._http.delete(f"/admin/webhooks/{self._webhook}").raise_for_status()


class StrapiOfNpm:
    """Without its admin panel, which would have to be built; its API for the panel is what editors' clicks call."""

    NAME, KIND, OPTIONS = f"Strapi {VERSION} (npm)", "strapi", dict[str, Any]()

    def missing(self, _folder: Path) -> str:
        if lacks := lacking():
            return f"it needs Node 20, npm and MariaDB, and here is no {lacks}"
        try:
            with once(f"strapi-{VERSION}") as folder:
                if folder is not None:
                    (folder / "package.json").write_text('{"private": true}')
                    install(folder, *_PACKAGES)
        except NotToBeHad as why:
            return str(why)
        return ""

    @contextmanager
    def running(self, folder: Path) -> Iterator[_Site]:
        application, port = folder / "strapi", free_port()
        for name, text in FILES.items():
            (application / name).parent.mkdir(parents=True, exist_ok=True)
            (application / name).write_text(text)
        (application / "package.json").write_text('{"name": "newsroom", "private": true, "version": "1.0.0"}')
        (application / "public" / "uploads").mkdir(parents=True)
        (application / "node_modules").symlink_to(KEPT / f"strapi-{VERSION}" / "node_modules")
        url = f"http://localhost:{port}"
        # In production it refuses webhooks to this very machine.
        environment = {"NODE_ENV": "development", "PORT": str(port), "URL": url, "SOCKET": "{socket}",
                       "STRAPI_TELEMETRY_DISABLED": "true"}  # fmt: skip
        with running(folder, application / "start.js", database="strapi", cwd=application, environment=environment,
                     health=f"{url}/_health"):  # fmt: skip
            yield _Site(url)
