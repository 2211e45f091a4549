"""A load balancer in front of web processes that come and go, and newsrooms that send through it all the time."""

import itertools
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx

from app.articles.adapters.standard_webhooks import sign_delivery
from app.kit.clock import rfc3339, utcnow
from app.kit.ids import new_id
from tests.torture.fleet import Fleet

_LOOK_SECONDS = 0.25
_PAUSE_SECONDS = 0.2


def is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", trust_env=False, timeout=30).status_code == 200
    except httpx.HTTPError:
        return False


class Balancer:
    """Takes processes in turn, with connections that it keeps and with new ones.

    It repeats nothing but a refused connection. With `looks`, it sends to those only whose `/readyz` says yes, as long
    as there is one. A delivery that the database was too slow for is sent again later, as its 503 asks for.
    """

    def __init__(self, fleet: Fleet, *, looks: bool, kind: str = "article.published") -> None:
        self.urls = [fleet.url, fleet.second_url]
        self.ready = list(self.urls)
        self.looks = looks
        self.fleet = fleet
        self.kind = kind
        self.path = urlsplit(fleet.source["webhook_url"]).path
        self.failed: list[str] = []
        self.slow = 0
        self._turns = itertools.count()
        self._is_open = True

    @contextmanager
    def under_load(self, senders: int = 6) -> Iterator[None]:
        """Send all the time while the block runs."""
        threads = [threading.Thread(target=self._send_all_the_time, args=(n % 3 > 0,)) for n in range(senders)]
        if self.looks:
            threads += [threading.Thread(target=self._look_all_the_time)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._is_open = False
            for thread in threads:
                thread.join()

    def _look_all_the_time(self) -> None:
        while self._is_open:
            self.ready = [url for url in self.urls if is_ready(url)] or list(self.urls)
            time.sleep(_LOOK_SECONDS)

    def _send_all_the_time(self, keeps_connections: bool) -> None:
        limits = httpx.Limits(max_keepalive_connections=None if keeps_connections else 0)
        with httpx.Client(trust_env=False, timeout=60, limits=limits) as http:
            while self._is_open:
                self._deliver(http, f"roll-{new_id()[-12:]}")
                time.sleep(_PAUSE_SECONDS)

    def _deliver(self, http: httpx.Client, article_id: str) -> None:
        while True:
            told = self._send(http, article_id)
            if told != "503 intake_unavailable":
                break
            self.slow += 1
            time.sleep(0.5)
        if told == "202":
            self.fleet.acknowledged[article_id] = []
        else:
            self.failed.append(told)

    def _send(self, http: httpx.Client, article_id: str) -> str:
        stamp = rfc3339(utcnow())
        data = {"type": self.kind, "timestamp": stamp, "data": self.fleet.article(article_id)}
        body = json.dumps(data).encode()
        headers = sign_delivery(self.fleet.source["secret"], f"msg_{article_id}", int(time.time()), body)
        ready, turn = self.ready, next(self._turns)
        order = [ready[turn % len(ready)]]
        for url in order + [other for other in self.urls if other not in order]:
            try:
                answer = http.post(url + self.path, content=body, headers=headers)
            except httpx.ConnectError:
                continue
            except httpx.HTTPError as error:
                return f"{type(error).__name__} {url}"
            return "202" if answer.status_code == 202 else f"{answer.status_code} {answer.json().get('code')}"
        return "nobody listens"
