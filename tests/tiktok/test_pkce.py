"""PKCE in TikTok's two dialects."""

import re

import pytest

from app.tiktok.pkce import make_code_challenge, make_code_verifier, resolve_pkce_mode

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"


def test_hex_is_what_tiktoks_desktop_apps_want():
    expected = "13d31e961a1ad8ec2f16b10c4c982e0876a878ad6df144566ee1894acb70f9c3"
    assert make_code_challenge(VERIFIER, "hex") == expected


def test_base64url_is_what_rfc_7636_says():
    assert make_code_challenge(VERIFIER, "base64url") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_there_is_no_challenge_when_pkce_is_off():
    assert make_code_challenge(VERIFIER, "off") is None


def test_a_verifier_is_long_unguessable_and_of_the_allowed_letters():
    verifiers = {make_code_verifier() for _ in range(100)}
    assert len(verifiers) == 100
    assert all(re.fullmatch(r"[A-Za-z0-9._~-]{43,128}", verifier) for verifier in verifiers)


@pytest.mark.parametrize(
    ("setting", "redirect_uri", "expected"),
    [
        ("auto", "http://localhost:8000/api/tiktok/callback", "hex"),
        ("auto", "http://127.0.0.1:8000/api/tiktok/callback", "hex"),
        ("auto", "https://LOCALHOST:8000/callback", "hex"),
        ("auto", "https://news.example.test/api/tiktok/callback", "base64url"),
        ("auto", "https://localhost.example.test/callback", "base64url"),
        ("auto", "https://127.0.0.1.example.test/callback", "base64url"),
        ("auto", "https://news.example.test/?next=http://localhost/", "base64url"),
        ("auto", "", "base64url"),
        ("auto", "http://[broken", "base64url"),
        ("hex", "https://news.example.test/callback", "hex"),
        ("base64url", "http://localhost:8000/callback", "base64url"),
        ("off", "http://localhost:8000/callback", "off"),
    ],
)
def test_auto_is_hex_for_a_loopback_redirect_and_base64url_otherwise(setting: str, redirect_uri: str, expected: str):
    assert resolve_pkce_mode(setting, redirect_uri) == expected


def test_an_unknown_mode_is_an_error():
    with pytest.raises(ValueError, match="PKCE mode"):
        resolve_pkce_mode("sometimes", "https://news.example.test/callback")
