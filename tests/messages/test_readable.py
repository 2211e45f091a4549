from urllib.parse import quote

import idna
import pytest

from app.messages.readable import readable_address

KZ = "https://aimaq.kz/" + quote("жаңалықтар/қала-жаңғырды")


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (KZ, "https://aimaq.kz/жаңалықтар/қала-жаңғырды"),
        (KZ.lower(), "https://aimaq.kz/жаңалықтар/қала-жаңғырды"),
        ("https://xn--80aswg.xn--p1ai/a", "https://сайт.рф/a"),
        ("http://xn--80ak6aa92e.xn--80ao21a:8080/", "http://аррӏе.қаз:8080/"),
        ("https://a.kz/?q=%D0%B0%20b&x=%26#%D0%B1", "https://a.kz/?q=а%20b&x=%26#б"),
        ("https://a.kz/%7Ename%2Fx%41", "https://a.kz/~name%2FxA"),
        ("https://a.kz/%D8%A7%D8%AE%D8%A8%D8%A7%D8%B1", "https://a.kz/اخبار"),
        ("https://b%C3%BCcher.de/", "https://b%C3%BCcher.de/"),
        ("https://xn--bcher-kva.de/", "https://bücher.de/"),
        ("https://a.kz/100%", "https://a.kz/100%"),
        ("https://a.kz", "https://a.kz"),
        ("news:a", "news:a"),
        ("", ""),
    ],
)
def test_addresses_are_written_for_people(address, shown):
    assert readable_address(address) == shown


@pytest.mark.parametrize(
    "part",
    [
        "%E2%80%AEgpj.exe",  # right-to-left override
        "%E2%81%A6%E2%81%A9",  # isolates
        "%E2%80%8B%EF%BB%BF%C2%AD",  # invisible
        "%E3%85%A4%E1%85%9F",  # fillers that are letters and cannot be seen
        "%00%0A%1B",
        "%20%22%3C%3E%23%3F%25%2F",
        "%CC%81",  # a mark on nothing
        "%D0%B8%CC%86",  # composed in another way: copied, it would become another address
        "%FF%C0%AF",  # no UTF-8, and a slash in disguise
        "%E2%81%84%E2%88%95",  # signs that look like a slash
        "%F0%9F%98%80",
        "%EF%BC%8F",
    ],
)
def test_what_could_deceive_stays_encoded(part):
    assert readable_address(f"https://a.kz/{part}") == f"https://a.kz/{part}"


@pytest.mark.parametrize(
    "host",
    ["аррӏе.com", "раураl.com", "gооgle.com", "ехаmрle.com", "αρρε.com", "xn--a-0000.com", "ɡoogle.com", "нет"],
)
def test_hosts_that_resemble_others_are_shown_in_punycode(host):
    written = host if host.isascii() else idna.encode(host).decode()
    if host != "нет":
        assert readable_address(f"https://{written}/") == f"https://{written}/"
    else:
        assert readable_address(f"https://{written}/") == "https://нет/"


@pytest.mark.parametrize("host", ["жаңалық.kz", "новости-дня.com", "газета.қаз", "ұлытау24.kz"])
def test_honest_hosts_are_read_as_they_are(host):
    assert readable_address(f"https://{idna.encode(host).decode()}/") == f"https://{host}/"


@pytest.mark.parametrize(
    "text", [KZ, "https://xn--80aswg.xn--p1ai/%D0%B0%20%E2%80%AE?x=%D1%8F#%FF", "https://a.kz/%d0%B0"]
)
def test_it_is_the_same_link_still(text):
    shown = readable_address(text)
    scheme, _, rest = shown.partition("://")
    host, slash, path = rest.partition("/")
    again = f"{scheme}://{idna.encode(host).decode()}{slash}{quote(path, safe='/?#=%&~')}"
    assert again.lower() == text.lower()


def test_an_endless_address_costs_nothing():
    address = "https://a.kz/" + "%D0%B0" * 100_000
    assert readable_address(address) == address
