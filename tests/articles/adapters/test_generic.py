"""The generic adapter: Standard Webhooks and Newsreel's own document."""

import base64
import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import ValidationError
from standardwebhooks.webhooks import Webhook

from app.articles.adapters.base import EventKind, IgnoredDelivery, ParsedDelivery, SignatureRefused, SourceOptions
from app.articles.adapters.generic import GenericOptions, parse
from app.articles.adapters.standard_webhooks import is_signed, make_secret, sign_delivery, verify
from app.articles.decode import decode_object
from app.errors import BadRequest, Invalid
from app.kit.http.addresses import AllowedOrigins, FetchRefused, check_url

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # the standard's own example
ARTICLE = {"id": "1", "url": "https://news.example/1", "title": "Title"}


def document(type_: object = "article.published", **data: object) -> bytes:
    return json.dumps({"type": type_, "data": {**ARTICLE, **data}}).encode()


def parsed(body: bytes, **options: str) -> ParsedDelivery:
    news = parse(body, SourceOptions(**options))
    assert isinstance(news, ParsedDelivery)
    return news


def test_signs_and_verifies_like_the_reference_library():
    body = document()
    stamp = int(NOW.timestamp())
    headers = sign_delivery(SECRET, "msg_1", stamp, body)
    assert headers["webhook-signature"] == Webhook(SECRET).sign("msg_1", NOW, body.decode())
    assert verify(headers, body, [SECRET], NOW, SourceOptions()).delivery_id == "msg_1"


def signed_by_key(key: Ed25519PrivateKey, body: bytes, stamp: int) -> dict[str, str]:
    signature = base64.b64encode(key.sign(f"msg_1.{stamp}.".encode() + body)).decode()
    return {"webhook-id": "msg_1", "webhook-timestamp": str(stamp), "webhook-signature": f"v1a,{signature}"}


def with_key(key: Ed25519PrivateKey) -> GenericOptions:
    return GenericOptions(public_key="whpk_" + base64.b64encode(key.public_key().public_bytes_raw()).decode())


def test_a_sender_with_a_key_of_its_own_is_known_by_it_and_the_secret_goes_on():
    key, other, body, stamp = (
        Ed25519PrivateKey.generate(),
        Ed25519PrivateKey.generate(),
        document(),
        int(NOW.timestamp()),
    )
    headers = signed_by_key(key, body, stamp)
    assert is_signed(headers)
    assert verify(headers, body, [SECRET], NOW, with_key(key)).delivery_id == "msg_1"
    by_secret = sign_delivery(SECRET, "msg_1", stamp, body)
    assert verify(by_secret, body, [SECRET], NOW, with_key(key)).delivery_id == "msg_1"
    both = {**headers, "webhook-signature": f"v1,{'A' * 43}= v1a,AAAA {headers['webhook-signature']}"}
    assert verify(both, body, [SECRET], NOW, with_key(key)).delivery_id == "msg_1"
    for options in (with_key(other), GenericOptions(), SourceOptions()):
        with pytest.raises(SignatureRefused):
            verify(headers, body, [SECRET], NOW, options)
    with pytest.raises(SignatureRefused):
        verify(signed_by_key(key, body, stamp - 301), body, [SECRET], NOW, with_key(key))


def test_no_single_byte_of_what_a_key_has_signed_can_be_another():
    key, body = Ed25519PrivateKey.generate(), b'{"type":"x"}'
    headers = signed_by_key(key, body, int(NOW.timestamp()))
    changed = [
        ({**headers, name: value[:place] + chr(ord(value[place]) ^ 1) + value[place + 1 :]}, body)
        for name, value in headers.items()
        for place in range(len(value))
    ]
    changed += [(headers, body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]) for place in range(len(body))]
    accepted = 0
    for other_headers, other_body in changed:
        with suppress(SignatureRefused):
            verify(other_headers, other_body, [SECRET], NOW, with_key(key))
            accepted += 1
    assert (len(changed) > 100, accepted) == (True, 0)


@pytest.mark.parametrize(
    "key",
    ["whpk_", "whpk_AAAA", "whsk_" + "A" * 43 + "=", "A" * 43 + "=", "whpk_" + "é" * 43, "whpk_" + "A" * 42 + "=="],
)
def test_a_public_key_that_is_none_is_refused(key):
    with pytest.raises(ValidationError, match="whpk_"):
        GenericOptions(public_key=key)


def test_one_matching_signature_of_several_is_enough():
    body, other = document(), make_secret()
    good = sign_delivery(SECRET, "msg_1", int(NOW.timestamp()), body)
    headers = {**good, "webhook-signature": f"v1a,AAAA v1,{'A' * 43}= {good['webhook-signature']} v9,x"}
    verify(headers, body, [other, SECRET], NOW, SourceOptions())
    with pytest.raises(SignatureRefused):
        verify(headers, body, [other], NOW, SourceOptions())


@pytest.mark.parametrize(
    "signature",
    [
        "", "v1", "v1,", ",", "v1,,", "v1,a,b", "v1,====", "v1,AAA", "  ", "v1,é", "v1,\u20ac", "v1a,AAAA",
        "V1,AAAA",
        "v1,A" * 5000,
    ],
)  # fmt: skip
def test_refuses_a_broken_signature_header(signature):
    headers = sign_delivery(SECRET, "msg_1", int(NOW.timestamp()), b"{}") | {"webhook-signature": signature}
    with pytest.raises(SignatureRefused):
        verify(headers, b"{}", [SECRET], NOW, SourceOptions())


@pytest.mark.parametrize(
    "stamp", ["", " 1795230000", "1795230000.0", "1_795_230_000", "+1795230000", "٣", "1e9", "9" * 13]
)
def test_refuses_a_time_that_is_no_plain_number_even_when_signed(stamp):
    headers = sign_delivery(SECRET, "msg_1", stamp, b"{}")
    with pytest.raises(SignatureRefused):
        verify(headers, b"{}", [SECRET], NOW, SourceOptions())


def test_refuses_an_empty_delivery_id_even_when_signed():
    headers = sign_delivery(SECRET, "", int(NOW.timestamp()), b"{}")
    with pytest.raises(SignatureRefused):
        verify(headers, b"{}", [SECRET], NOW, SourceOptions())


def test_a_delivery_id_that_does_not_fit_the_column_is_kept_as_its_hash():
    headers = sign_delivery(SECRET, "m" * 300, int(NOW.timestamp()), b"{}")
    delivery_id = verify(headers, b"{}", [SECRET], NOW, SourceOptions()).delivery_id
    assert delivery_id is not None
    assert len(delivery_id) == 64


@pytest.mark.parametrize("missing", ["id", "url", "title"])
@pytest.mark.parametrize("type_", ["article.published", "article.updated"])
def test_names_the_required_field_that_is_missing(type_, missing):
    data = {name: value for name, value in ARTICLE.items() if name != missing}
    with pytest.raises(Invalid, match=rf"data\.{missing}"):
        parse(json.dumps({"type": type_, "data": data}).encode(), SourceOptions())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", ""), ("id", None), ("id", True), ("id", 1.5), ("id", []), ("id", "a\x00b"), ("id", "x" * 513),
        ("id", {"a": 1}),
        ("title", None), ("title", 5), ("title", []),
        ("url", ""), ("url", "/relative"), ("url", "javascript:alert(1)"), ("url", "ftp://a.example/"),
        ("url", "https://"),
        ("url", "http://[::1"), ("url", "https://a.example:99999/"), ("url", "https://a b.example/"),
        ("url", "https://a/" + "x" * 5000),
        ("tags", "one"), ("tags", [1]), ("images", {}), ("images", [5]), ("images", [{"alt": "no url"}]),
        ("breaking", "perhaps"),
        ("published_at", "yesterday"), ("published_at", True), ("published_at", 1e300),
        ("published_at", "9999-12-31T23:59:59-12:00"),
        ("html", {"a": 1}), ("excerpt", ["x"]), ("video", 7), ("language", 1),
    ],
)  # fmt: skip
def test_refuses_a_wrong_value_and_names_its_field(field, value):
    with pytest.raises(Invalid, match=rf"data\.{field}"):
        parse(document(**{field: value}), SourceOptions())


def test_every_optional_field_may_be_null():
    optional = ["excerpt", "html", "language", "category", "tags", "breaking", "images", "video", "published_at"]
    assert parsed(document(**dict.fromkeys(optional))) == parsed(document())


def test_an_empty_title_is_accepted():
    assert parsed(document(title="")).draft.title == ""


@pytest.mark.parametrize("type_", ["article.archived", "ping", "", "x" * 1000])
def test_ignores_a_type_that_it_does_not_know(type_):
    news = parse(document(type_), SourceOptions())
    assert isinstance(news, IgnoredDelivery)
    assert len(news.type) <= 64


@pytest.mark.parametrize("type_", ["article.unpublished", "article.deleted"])
def test_withdrawing_an_article_needs_no_more_than_its_id(type_):
    news = parsed(json.dumps({"type": type_, "data": {"id": 7}}).encode())
    assert (news.kind, news.external_id, news.draft.title) == (EventKind.unpublished, "7", "")


def test_language_and_category_fall_back_to_the_sources():
    options = {"language": "kk", "category": "Жаңалықтар"}
    assert parsed(document(), **options).draft.language == "kk"
    assert parsed(document(language="no language at all"), **options).draft.language == "kk"
    given = parsed(document(language="ru-KZ", category="Спорт"), **options).draft
    assert (given.language, given.category) == ("ru-KZ", "Спорт")


@pytest.mark.parametrize(
    ("named", "stored"),
    [("KZ", "kk"), ("kk_KZ", "kk"), ("қазақша", "kk"), ("kazakh", "kk"), ("RU", "ru"), ("kk-Latn-KZ", "kk-Latn-KZ"),
     ("en-US", "en-US"), ("und", "tr"), ("mul", "tr"), ("zxx", "tr"), ("xx-unknown", "tr"), ("kk,ru", "tr")],
)  # fmt: skip
def test_a_language_is_understood_by_its_names(named, stored):
    assert parsed(document(language=named), language="TR").draft.language == stored


@pytest.mark.parametrize(
    ("tags", "is_wanted"), [(["#TikTok", "Спорт"], True), (["tiktok"], True), (["Спорт"], False), ([], False)]
)
def test_with_an_opt_in_tag_only_articles_that_carry_it_are_wanted(tags, is_wanted):
    draft = parsed(document(tags=tags), opt_in_tag="#tiktok").draft
    assert draft.is_wanted is is_wanted
    assert draft.tags == [tag for tag in tags if tag == "Спорт"]


def test_takes_the_first_200_usable_pictures_once_each_and_names_the_others():
    urls = [f"https://cdn.example/{number}.jpg" for number in range(250)]
    draft = parsed(document(images=["mailto:a@b.example", urls[0], *urls, "//cdn.example/x.jpg"])).draft
    assert [image["url"] for image in draft.images if "problem" not in image] == urls[:200]
    others = {image["url"]: image["problem"] for image in draft.images if "problem" in image}
    assert others == {
        "mailto:a@b.example": "only http and https addresses are fetched",
        **dict.fromkeys(
            [*urls[200:], "https://cdn.example/x.jpg"], "only the first 200 pictures of an article are looked at"
        ),
    }


def test_a_thousand_pictures_end_in_one_line_for_the_rest():
    draft = parsed(document(images=[f"https://cdn.example/{number}.jpg" for number in range(1000)])).draft
    assert len(draft.images) == 500
    assert draft.images[-1]["problem"].startswith("this and all after it are left out: only the first 200 pictures")


@pytest.mark.parametrize(
    ("address", "asked_for"),
    [
        (" /img/WhatsApp Image 1.jpeg\n", "https://news.example/img/WhatsApp%20Image%201.jpeg"),
        ("/a%20b c%2Fd.jpg?sig=a+b%2B/=", "https://news.example/a%20b%20c%2Fd.jpg?sig=a+b%2B/="),
        ("https://cdn.example/сурет ә.jpg", "https://cdn.example/%D1%81%D1%83%D1%80%D0%B5%D1%82%20%D3%99.jpg"),
        ("https://cdn.example/и\u0306.jpg", "https://cdn.example/%D0%B8%CC%86.jpg"),
        ("https://жаңалық.kz/1.jpg", "https://xn--80aaqw4fuxvb.kz/1.jpg"),
        ("HTTPS://CDN.example/A.JPG#top", "https://cdn.example/A.JPG"),
        ("//cdn.example/a.jpg", "https://cdn.example/a.jpg"),
        ("b\tc\nd.jpg", "https://news.example/bcd.jpg"),
        ("\\\\cdn.example\\a.jpg", "https://cdn.example/a.jpg"),
        ("/a[1]|b{2}^.jpg?x=[3]|'", "https://news.example/a[1]|b%7B2%7D%5E.jpg?x=[3]|%27"),
        ("/100%.jpg", "https://news.example/100%.jpg"),
        ("../up/./a.jpg", "https://news.example/up/a.jpg"),
    ],
)
def test_addresses_of_pictures_and_films_are_read_as_browsers_read_them(address, asked_for):
    draft = parsed(document(images=[address], video=address)).draft
    assert draft.images == [{"url": asked_for, "alt": ""}]
    assert draft.video_url == asked_for


@pytest.mark.parametrize(
    ("address", "shown", "why"),
    [
        ("data:image/png;base64,AAAA", "data:image/png;base64,AAAA", "written into the page"),
        ("javascript:alert(1)", "javascript:alert(1)", "only http and https"),
        ("ftp://cdn.example/a.jpg", "ftp://cdn.example/a.jpg", "only http and https"),
        ("C:\\pictures\\a.jpg", "C:\\pictures\\a.jpg", "only http and https"),
        ("https://user:pass@cdn.example/a.jpg", "https://cdn.example/a.jpg", "user name or password"),
        ("https://user:pass@[cdn/a.jpg", "https://[cdn/a.jpg", "malformed"),
        ("https://a b.example/a.jpg", "https://a b.example/a.jpg", "malformed"),
        ("https://cdn.example:99999/a.jpg", "https://cdn.example:99999/a.jpg", "malformed"),
        ("https://cdn.example/" + "x" * 5000, ("https://cdn.example/" + "x" * 5000)[:500], "too long"),
    ],
)
def test_an_address_that_cannot_be_used_is_kept_with_its_reason(address, shown, why):
    draft = parsed(document(images=[address, "/a.jpg"], video=address)).draft
    assert [image["url"] for image in draft.images] == [shown, "https://news.example/a.jpg"]
    assert why in draft.images[0]["problem"]
    # A film's reason is found when it would be fetched: it must be as good.
    assert draft.video_url is not None
    assert "user:pass" not in draft.video_url
    with pytest.raises(FetchRefused) as refusal:
        check_url(draft.video_url, AllowedOrigins())
    assert any(words in str(refusal.value.message) for words in (why, "a b.example is not the name of a public"))


def test_a_picture_beside_its_unusable_twin_is_used():
    draft = parsed(document(images=["https://u:p@cdn.example/a.jpg", "https://cdn.example/a.jpg"])).draft
    assert ["problem" in image for image in draft.images] == [True, False]


@pytest.mark.parametrize("nothing", ["", " \n", None, False, []])
def test_empty_optional_values_are_absent(nothing):
    optional = ["excerpt", "html", "language", "category", "tags", "breaking", "images", "video", "published_at"]
    assert parsed(document(**dict.fromkeys(optional, nothing))) == parsed(document())
    body = json.dumps({"type": "article.published", "timestamp": nothing, "data": ARTICLE}).encode()
    assert parsed(body) == parsed(document())


@pytest.mark.parametrize(
    "nothing", [None, "", "  ", False, {}, [], {"url": None}, {"url": ""}, {"url": False, "alt": "x"}]
)
def test_empty_pictures_and_tags_are_absent(nothing):
    assert parsed(document(images=[nothing], tags=[nothing])) == parsed(document())
    draft = parsed(document(images=[nothing, "/a.jpg", nothing], tags=["A", nothing])).draft
    assert ([image["url"] for image in draft.images], draft.tags) == (["https://news.example/a.jpg"], ["A"])


@pytest.mark.parametrize("images", [None, [], [""], [None], ["ftp://cdn.example/a.jpg"]])
def test_pictures_of_the_text_are_used_where_the_sender_names_none(images):
    html = (
        '<p><img src="/1.jpg" alt="One"></p><img src="https://c.example/count.gif" width="1" height="1"><img src=2.jpg>'
    )
    draft = parsed(document(images=images, html=html)).draft
    assert [image for image in draft.images if "problem" not in image] == [
        {"url": "https://news.example/1.jpg", "alt": "One"},
        {"url": "https://news.example/2.jpg", "alt": ""},
    ]


def test_named_pictures_go_before_those_of_the_text():
    draft = parsed(document(images=["/cover.jpg"], html='<img src="/1.jpg">')).draft
    assert [image["url"] for image in draft.images] == ["https://news.example/cover.jpg"]


def test_an_article_s_own_address_keeps_its_letters():
    assert parsed(document(url="https://news.example/жаңалық")).draft.url == "https://news.example/жаңалық"
    assert parsed(document(url="https://a.example/ b")).draft.url == "https://a.example/%20b"


def test_resolves_relative_pictures_against_the_article():
    draft = parsed(document(images=["/a.jpg", "b.jpg", {"url": "//cdn.example/c.jpg", "alt": " C\n c "}, ""])).draft
    assert draft.images == [
        {"url": "https://news.example/a.jpg", "alt": ""},
        {"url": "https://news.example/b.jpg", "alt": ""},
        {"url": "https://cdn.example/c.jpg", "alt": "C c"},
    ]


def test_bounds_what_it_stores():
    draft = parsed(
        document(
            title="T" * 20_000, excerpt="e " * 20_000, html="<p>x</p>" * 80_000, tags=[f"t{n}" for n in range(500)]
        )
    ).draft
    assert [len(draft.title), len(draft.tags)] == [5_000, 50]
    assert len(draft.excerpt) <= 10_000
    assert 0 < len(draft.text) <= 100_000


def test_plain_text_comes_out_of_markup_and_rubbish():
    draft = parsed(document(title="<h1>A&amp;B</h1>\u202e\x00 5 < 6\n", excerpt="<p>One</p><p>Two &lt;3</p>")).draft
    assert (draft.title, draft.excerpt) == ("A&B 5 < 6", "One\n\nTwo <3")


def test_takes_the_first_paragraph_where_there_is_no_excerpt():
    html = "<figure><figcaption>Photo</figcaption></figure><p>First.</p><p>Second.</p>"
    assert parsed(document(html=html)).draft.excerpt == "First."


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-11-21T08:00:00+05:00", NOW), ("2026-11-21T03:00:00Z", NOW), ("2026-11-21 03:00:00", NOW),
        (1795230000, NOW),
        (1795230000000, NOW), (1795230000.0, NOW),
        ("9999-12-31T23:59:59Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_reads_times_as_senders_write_them(value, expected):
    assert parsed(document(published_at=value)).draft.published_at == expected
    body = json.dumps({"type": "article.updated", "timestamp": value, "data": ARTICLE}).encode()
    assert parsed(body).revision == expected


@pytest.mark.parametrize(
    "body",
    [
        b"", b" ", b"{", b"[1]", b'"x"', b"5", b"nul", b"\xff\xfe{}", b'{"a": NaN}', b'{"a": -Infinity}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b"[" * 200_000, b'{"a":' * 200_000, b'{"a": "\xc3\x28"}', '{"a": 1}'.encode("utf-16"), b'{"a": 1} x',
        b"{'a': 1}",
    ],
)  # fmt: skip
def test_what_is_no_json_object_is_malformed(body):
    with pytest.raises(BadRequest) as refusal:
        decode_object(body)
    assert len(refusal.value.message) < 200


def test_json_that_is_merely_odd_is_read():
    assert decode_object(b'\xef\xbb\xbf{"a": 1, "a": 2}') == {"a": 2}
    assert decode_object(rb'{"a\ud800": ["\ud83c", {"b": "\ud83c\udfd9"}]}') == {"a": ["", {"b": "🏙"}]}
    assert decode_object(b'{"a": 1e999}') == {"a": float("inf")}


@pytest.mark.parametrize(
    ("escaped", "meant"),
    [
        ("Kagi&amp;#8217;s homepage", "Kagi’s homepage"),
        ("Singapore&amp;rsquo;s airport &amp;amp; more", "Singapore’s airport & more"),
        ("A Skeptic&#039;s &quot;Ghost&quot; Story &#8211; Fanatic", 'A Skeptic\'s "Ghost" Story – Fanatic'),
        ("&amp;lt;b&amp;gt; is bold", "<b> is bold"),
        ("R&amp;amp;amp;D", "R&amp;D"),
        ("AT&T; AT&amp;T;", "AT&T; AT&T;"),
        ("&amp;#x1F3EB; &amp;nbsp;x", "🏫 x"),
        ("&amp;#0; &amp;#xD800;", "\ufffd \ufffd"),
    ],
)
def test_what_was_escaped_twice_is_read_twice_and_no_more(escaped, meant):
    texts = {"title": escaped, "excerpt": f"{escaped} [&amp;hellip;]", "tags": [escaped], "category": escaped}
    draft = parsed(document(**texts)).draft
    assert (draft.title, draft.excerpt, draft.tags, draft.category) == (meant, f"{meant} […]", [meant], meant)


def test_a_time_without_a_zone_is_the_source_s():
    data = {**ARTICLE, "published_at": "2026-11-29 12:07:38"}
    body = {"type": "article.published", "timestamp": "2026-11-29 12:00:00", "data": data}
    news = parsed(json.dumps(body).encode(), timezone="Asia/Almaty")
    assert news.revision == datetime(2026, 11, 29, 7, 0, tzinfo=UTC)
    assert news.draft.published_at == datetime(2026, 11, 29, 7, 7, 38, tzinfo=UTC)
    assert parsed(json.dumps(body).encode()).revision == datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


def test_the_headers_may_have_svix_s_names():
    body, stamp = document(), int(NOW.timestamp())
    headers = {
        name.replace("webhook-", "svix-"): value for name, value in sign_delivery(SECRET, "1", stamp, body).items()
    }
    assert is_signed(headers)
    assert verify(headers, body, [SECRET], NOW, SourceOptions()).delivery_id == "1"
    with pytest.raises(SignatureRefused):
        verify({**headers, "webhook-id": "1"}, body, [SECRET], NOW, SourceOptions())
