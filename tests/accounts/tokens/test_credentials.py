"""The credentials of our app at TikTok: page or environment, and a secret that nobody sees again."""

import dataclasses

import pytest
from pydantic import SecretStr

from app.accounts.errors import NotConfigured, TokensUnreadable
from app.accounts.models import TikTokApp
from app.accounts.tokens.credentials import app_credentials
from app.kit.crypto import Keyring
from tests.accounts.support import open_browser

PATH = "/api/settings/tiktok-app"
SECRET = "canary-client-secret-77aa"
CALLBACK = "http://127.0.0.1:8000/api/tiktok/callback"


def with_environment(resources, key: str, secret: str, redirect_uri: str = ""):
    changes = {"client_key": key, "client_secret": SecretStr(secret), "redirect_uri": redirect_uri}
    return dataclasses.replace(resources, settings=resources.settings.model_copy(update=changes))


async def test_the_environment_serves_where_the_page_says_nothing(resources):
    environment = with_environment(resources, "env-key", "env-secret", "https://news.example/back")
    assert await app_credentials(environment) == ("env-key", "env-secret", "https://news.example/back")
    assert (await app_credentials(with_environment(resources, "k", "s")))[2] == CALLBACK


async def test_missing_credentials_are_said_to_be_missing(sqlite_resources):
    for key, secret in (("", ""), ("key", ""), ("", "secret")):
        with pytest.raises(NotConfigured):
            await app_credentials(with_environment(sqlite_resources, key, secret))


async def test_the_page_wins_and_never_shows_the_secret(resources):
    environment = with_environment(resources, "env-key", "env-secret")
    async with open_browser(environment) as browser:
        before = (await browser.client.get(PATH)).json()
        assert before == {
            "client_key": "env-key",
            "has_client_secret": True,
            "redirect_uri": CALLBACK,
            "source": "environment",
        }
        page = {"client_key": "page-key", "client_secret": SECRET, "redirect_uri": "https://news.example/back"}
        answer = await browser.request("PUT", PATH, json=page)
        assert answer.status_code == 200
        assert SECRET not in answer.text
        assert answer.json() == (await browser.client.get(PATH)).json()
        assert answer.json() == {
            "client_key": "page-key",
            "has_client_secret": True,
            "redirect_uri": "https://news.example/back",
            "source": "page",
        }
    assert await app_credentials(environment) == ("page-key", SECRET, "https://news.example/back")
    async with resources.read() as session:
        row = await session.get(TikTokApp, "app")
    assert row is not None
    assert SECRET not in repr(row.model_dump())


async def test_the_secret_stays_when_only_the_rest_is_changed(resources):
    environment = with_environment(resources, "", "")
    async with open_browser(environment) as browser:
        await browser.request("PUT", PATH, json={"client_key": "key", "client_secret": SECRET})
        for secret in (None, "", "  "):
            body = {"client_key": "key", "client_secret": secret, "redirect_uri": "https://news.example/back"}
            assert (await browser.request("PUT", PATH, json=body)).status_code == 200
    assert await app_credentials(environment) == ("key", SECRET, "https://news.example/back")


async def test_a_new_key_wants_its_own_secret(sqlite_resources):
    environment = with_environment(sqlite_resources, "env-key", "env-secret")
    async with open_browser(environment) as browser:
        await browser.request("PUT", PATH, json={"client_key": "key", "client_secret": SECRET})
        assert (await browser.request("PUT", PATH, json={"client_key": "another"})).status_code == 422
        assert (await app_credentials(environment))[:2] == ("key", SECRET)
        assert (await browser.request("PUT", PATH, json={"client_key": "env-key"})).status_code == 200
        assert (await app_credentials(environment))[:2] == ("env-key", "env-secret")


async def test_an_empty_key_gives_the_word_back_to_the_environment(sqlite_resources):
    environment = with_environment(sqlite_resources, "env-key", "env-secret")
    async with open_browser(environment) as browser:
        await browser.request("PUT", PATH, json={"client_key": "key", "client_secret": SECRET})
        answer = await browser.request("PUT", PATH, json={"client_key": ""})
        assert answer.json()["source"] == "environment"
    assert (await app_credentials(environment))[:2] == ("env-key", "env-secret")
    async with sqlite_resources.read() as session:
        row = await session.get(TikTokApp, "app")
    assert row is not None
    assert row.client_secret_encrypted is None


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "http://news.example/back",
        "https://news.example/back?x=1",
        "https://news.example/back#x",
        "https://me@news.example/back",
        "https://news.example:port/back",
        "javascript:alert(1)",
        "//news.example/back",
        "https://",
        "https://news.example/\x00",
        "https://news.example/a b",
        "https://news.example/" + "x" * 500,
        "http://[broken",
    ],
)
async def test_refuses_a_redirect_address_that_tiktok_would_refuse(sqlite_resources, redirect_uri):
    async with open_browser(sqlite_resources) as browser:
        body = {"client_key": "key", "client_secret": SECRET, "redirect_uri": redirect_uri}
        answer = await browser.request("PUT", PATH, json=body)
    assert answer.status_code in {400, 422}
    assert SECRET not in answer.text


@pytest.mark.parametrize("body", [{}, {"client_key": "a\x00b"}, {"client_key": "ключ"}, {"client_key": "k", "more": 1}])
async def test_refuses_an_odd_body(sqlite_resources, body):
    async with open_browser(sqlite_resources) as browser:
        assert (await browser.request("PUT", PATH, json=body)).status_code in {400, 422}


async def test_a_secret_sealed_with_a_dropped_key_is_said_to_be_unreadable(sqlite_resources):
    async with open_browser(sqlite_resources) as browser:
        await browser.request("PUT", PATH, json={"client_key": "key", "client_secret": SECRET})
    with pytest.raises(TokensUnreadable):
        await app_credentials(dataclasses.replace(sqlite_resources, keyring=Keyring(["another-" + "x" * 40])))
