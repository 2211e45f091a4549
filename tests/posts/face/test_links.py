import pytest

from app.errors import Invalid
from app.posts.face.links import read_post_link

OURS = "https://www.tiktok.com/@Aimaq.News/photo/7602997517160123666"


@pytest.mark.parametrize(
    "url",
    [
        OURS,
        "https://www.tiktok.com/@aimaq.news/photo/7602997517160123666?lang=kk&is_from_webapp=1#top",
        "http://tiktok.com/@AIMAQ.NEWS/photo/7602997517160123666/",
        "https://m.tiktok.com/@aimaq.news/photo/7602997517160123666",
        "https://www.tiktok.com/%40aimaq.news/photo/7602997517160123666",
        " https://www.tiktok.com:443/@aimaq.news/photo/7602997517160123666 ",
        "https://www.TikTok.com./@aimaq.news/photo/7602997517160123666",
    ],
)
def test_a_post_of_the_account_is_kept_in_tiktok_s_own_form(url):
    link = read_post_link(url, "Aimaq.News")
    assert (link.url, link.post_id) == (OURS, "7602997517160123666")


def test_a_video_is_a_post_too_and_an_account_without_a_known_name_takes_what_the_address_says():
    link = read_post_link("https://www.tiktok.com/@somebody/video/7602997517160123666?x=1", "")
    assert link.url == "https://www.tiktok.com/@somebody/video/7602997517160123666"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://www.tiktok.com/@other/photo/7602997517160123666", "foreign_post_link"),
        ("https://www.tiktok.com/@aimaq.news.kz/photo/7602997517160123666", "foreign_post_link"),
        ("https://vm.tiktok.com/ZMabc123/", "short_link"),
        ("https://vt.tiktok.com/ZSabc123", "short_link"),
        ("https://www.tiktok.com/t/ZTabc123/", "short_link"),
        ("https://www.tiktok.com/@aimaq.news", "no_post_link"),
        ("https://www.tiktok.com/@aimaq.news/live", "no_post_link"),
        ("https://www.tiktok.com/@aimaq.news/photo/7602997517160123666x", "no_post_link"),
        ("https://www.tiktok.com/@aimaq.news/photo/٧٦٠٢٩٩٧٥١٧", "no_post_link"),
        ("https://www.tiktok.com/embed/v2/7602997517160123666", "no_post_link"),
        ("https://www.tiktok.com/tag/aimaq", "no_post_link"),
        ("https://www.tiktok.com/redirect?u=https://x.example/@aimaq.news/photo/7602997517160123666", "no_post_link"),
        ("https://evil.example/@aimaq.news/photo/7602997517160123666", "not_tiktok"),
        ("https://eviltiktok.com/@aimaq.news/photo/7602997517160123666", "not_tiktok"),
        ("https://www.tiktok.com.evil.example/@aimaq.news/photo/7602997517160123666", "not_tiktok"),
        ("https://www.tiktok.com@evil.example/@aimaq.news/photo/7602997517160123666", "not_tiktok"),
        ("https://x@www.tiktok.com/@aimaq.news/photo/7602997517160123666", "not_tiktok"),
        ("https://www.tiktok.com:8443/@aimaq.news/photo/7602997517160123666", "not_tiktok"),
        ("https://www.tiktok.com:x/@aimaq.news/photo/7602997517160123666", "not_tiktok"),
        ("https://www.tіktok.com/@aimaq.news/photo/7602997517160123666", "not_tiktok"),
        ("https://news.example/tiktok.com/@aimaq.news/video/7602997517160123666", "not_tiktok"),
    ],
)
def test_what_is_no_post_of_this_account_is_refused_with_a_cure(url, code):
    with pytest.raises(Invalid) as refusal:
        read_post_link(url, "aimaq.news")
    assert refusal.value.code == code
    assert "leave the field empty" in refusal.value.message
