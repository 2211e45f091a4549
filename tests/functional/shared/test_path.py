"""The main path on real parts: what a newsroom sees from its webhook to TikTok's verdict."""

from tests.functional.stack import until


def test_an_article_becomes_a_published_post(stack, name):
    account = stack.connect(name, privacy_level="PUBLIC_TO_EVERYONE")
    answer = stack.deliver(name)
    assert answer.status_code == 202
    (post_id,) = answer.json()["post_ids"]
    post = stack.wait_for(post_id, "published")
    assert post["account_id"] == account["id"]
    assert [event["to"] for event in post["events"]] == ["queued", "publishing", "published"]
    (there,) = stack.emulator("GET", "posts", params={"open_id": account["open_id"]})["items"]
    assert there["publish_id"] == post["publish_id"]
    assert there["photo_urls"] == post["media"]
    assert there["title"] == post["title"] == f"Жаңалық {name}"
    assert "Сәтбаевта жаңа кітапхана ашылды." in there["description"]
    assert there["switches"]["brand_content_toggle"] is False
    (attempt,) = post["attempts"]
    assert [(fetch["number"], fetch["status"]) for fetch in attempt["media_fetches"] if fetch["method"] == "GET"] == [
        (1, 200)
    ]


def test_an_article_of_few_words_waits_for_its_page_and_goes_out_with_what_that_says(stack, name):
    newsroom, path = stack.newsroom, f"/page-of-{name}"
    newsroom.files[path] = (
        "<html lang='kk'><head><title>T</title><script type='application/ld+json'>"
        '{"@type": "NewsArticle", "headline": "Басқа тақырып", "description": "Бетте ғана айтылған сөз.",'
        ' "image": "/2.jpg", "articleSection": "Қоғам", "author": {"name": "Айгерім Серікқызы"}}</script></head></html>'
    ).encode()
    account = stack.connect(name, privacy_level="PUBLIC_TO_EVERYONE")
    answer = stack.deliver(name, url=f"{newsroom.url}{path}", excerpt="", images=[], language="")
    (post_id,) = answer.json()["post_ids"]
    post = stack.wait_for(post_id, "published")
    article = stack.api("GET", f"/api/articles/{answer.json()['article_id']}")
    assert [image["url"] for image in article["images"]] == [f"{newsroom.url}/2.jpg"]
    assert (article["title"], article["category"], article["language"]) == (f"Жаңалық {name}", "Қоғам", "kk")
    # Nothing of it was sent before: without the page there is no picture, and TikTok takes no such post.
    assert [event["to"] for event in post["events"]] == ["queued", "queued", "publishing", "published"]
    assert post["events"][1]["why"] == "The article's page had what the CMS left out: the post will carry that too."
    (there,) = stack.emulator("GET", "posts", params={"open_id": account["open_id"]})["items"]
    assert there["title"] == f"Жаңалық {name}"
    assert "Бетте ғана айтылған сөз." in there["description"]
    assert len(there["photo_urls"]) == 1
    (told,) = [event for event in article["events"] if event["type"] == "page.read"]
    assert told["outcome"] == "updated"


def test_rules_hear_an_article_s_page_before_they_let_it_out_or_keep_it_in(stack, name):
    rules = {"include": {"categories": ["Қоғам"]}, "exclude": {"tags": ["Жарнама"]}}
    source = stack.api("POST", "/api/sources", json={"name": name, "kind": "generic", "rules": rules})
    account = stack.connect(name, privacy_level="PUBLIC_TO_EVERYONE")
    newsroom = stack.newsroom

    def deliver(article_id, *, keywords="", **data):
        newsroom.files[f"/{article_id}"] = (
            "<html><head><title>T</title><script type='application/ld+json'>"
            f'{{"@type": "NewsArticle", "articleSection": "Қоғам", "keywords": "{keywords}"}}</script></head></html>'
        ).encode()
        return stack.deliver(article_id, source=source, url=f"{newsroom.url}/{article_id}", **data).json()

    # One is planned by what its CMS says, and waits for the page that keeps it in; the other is left out until then.
    kept_in = deliver(f"in-{name}", keywords="Жарнама", category="Қоғам")
    let_out = deliver(f"out-{name}")
    assert (len(kept_in["post_ids"]), let_out["post_ids"]) == (1, [])
    post = stack.wait_for(kept_in["post_ids"][0], "cancelled")
    assert post["state_reason"] == "article_left_out"
    (verdict,) = stack.api("GET", f"/api/articles/{kept_in['article_id']}")["left_out"]
    assert (verdict["code"], verdict["with_page"]) == ("rule_has_tag", True)
    (post,) = until(
        lambda: stack.api("GET", f"/api/posts?article_id={let_out['article_id']}")["items"], what="the page's word"
    )
    stack.wait_for(post["id"], "published")
    (there,) = stack.emulator("GET", "posts", params={"open_id": account["open_id"]})["items"]
    assert there["title"] == f"Жаңалық out-{name}"


def test_the_public_id_and_the_link_are_found(stack, name):
    stack.connect(name, privacy_level="PUBLIC_TO_EVERYONE")
    (post_id,) = stack.deliver(name).json()["post_ids"]
    stack.wait_for(post_id, "published")
    post = until(lambda: (post := stack.post(post_id))["share_url"] and post, what="a share_url")
    assert all(isinstance(number, str) and len(number) == 19 for number in post["post_ids"])


def test_the_same_delivery_twice_is_one_post(stack, name):
    account = stack.connect(name, privacy_level="SELF_ONLY")
    first, second = stack.deliver(name), stack.deliver(name)
    assert (first.json()["duplicate"], second.json()["duplicate"]) == (False, True)
    assert first.json()["post_ids"] == second.json()["post_ids"]
    stack.wait_for(first.json()["post_ids"][0], "published")
    assert len(stack.emulator("GET", "posts", params={"open_id": account["open_id"]})["items"]) == 1


def test_posts_wait_until_the_privacy_level_is_chosen(stack, name):
    account = stack.connect(name)
    (post_id,) = stack.deliver(name).json()["post_ids"]
    post = stack.wait_for(post_id, "scheduled")
    assert (post["state_reason"], post["scheduled_at"]) == ("needs_privacy_level", None)
    assert "who may see" in post["state_detail"]
    stack.api("PATCH", f"/api/accounts/{account['id']}", json={"privacy_level": "SELF_ONLY"})
    stack.wait_for(post_id, "published")


def test_a_post_awaits_approval_and_carries_the_approvers_text(stack, name):
    account = stack.connect(name, mode="approve")
    (post_id,) = stack.deliver(name).json()["post_ids"]
    stack.wait_for(post_id, "awaiting_approval")
    refused = stack.http.post(f"/api/posts/{post_id}/approve", json={})
    assert refused.status_code == 422
    consent = {"title": "Қолмен жазылған", "privacy_level": "SELF_ONLY", "disable_comment": True}
    stack.api("POST", f"/api/posts/{post_id}/approve", json=consent)
    stack.wait_for(post_id, "published")
    (there,) = stack.emulator("GET", "posts", params={"open_id": account["open_id"]})["items"]
    assert (there["title"], there["privacy_level"]) == ("Қолмен жазылған", "SELF_ONLY")
    assert there["switches"]["disable_comment"] is True


def test_a_draft_goes_to_the_creators_inbox(stack, name):
    account = stack.connect(name, mode="inbox")
    (post_id,) = stack.deliver(name).json()["post_ids"]
    post = stack.wait_for(post_id, "sent_to_inbox")
    assert post["finalized_at"] is not None
    (there,) = stack.emulator("GET", "posts", params={"open_id": account["open_id"]})["items"]
    assert there["post_mode"] == "MEDIA_UPLOAD"


def test_an_article_whose_image_is_missing_waits_and_goes_on_when_it_gets_another(stack, name):
    stack.connect(name, privacy_level="SELF_ONLY", headline_card=False)
    (post_id,) = stack.deliver(name, images=[f"{stack.newsroom.url}/missing.jpg"]).json()["post_ids"]
    post = stack.wait_for(post_id, "retryable")
    assert post["state_reason"] == "media_unavailable"
    assert "tried again until" in post["state_detail"]
    assert post["media_problems"]
    assert stack.deliver(name, kind="article.updated").json()["post_ids"] == [post_id]
    stack.wait_for(post_id, "published")


def test_tiktoks_refusal_is_shown_with_cause_and_cure_and_retried_by_hand(stack, name):
    account = stack.connect(name, privacy_level="SELF_ONLY")
    stack.emulator("POST", "progression", json={"fail_reason": "picture_size_check_failed"})
    (post_id,) = stack.deliver(name).json()["post_ids"]
    post = stack.wait_for(post_id, "failed")
    assert post["fail_reason"] == "picture_size_check_failed"
    assert "1080" in post["fail_help"]
    stack.emulator("POST", "progression", json={"pace": "immediate"})
    stack.api("POST", f"/api/posts/{post_id}/retry")
    post = stack.wait_for(post_id, "published")
    assert [attempt["number"] for attempt in post["attempts"]] == [1, 2]
    assert len(stack.emulator("GET", "posts", params={"open_id": account["open_id"]})["items"]) == 2


def test_an_init_whose_answer_is_lost_is_sent_once_and_a_person_can_settle_it(stack, name):
    account = stack.connect(name, privacy_level="SELF_ONLY")
    fault = {"endpoint": "content_init", "cut": True, "phase": "after", "open_id": account["open_id"]}
    stack.emulator("POST", "next-errors", json=fault)
    (post_id,) = stack.deliver(name).json()["post_ids"]
    post = stack.wait_for(post_id, "unconfirmed")
    assert [attempt["outcome"] in {"unknown", "accepted"} for attempt in post["attempts"]] == [True]
    assert len(stack.emulator("GET", "posts", params={"open_id": account["open_id"]})["items"]) == 1
    link = f"https://www.tiktok.com/@{account['username']}/photo/7602997517160123666"
    stack.api("POST", f"/api/posts/{post_id}/resolve", json={"verdict": "posted", "url": link})
    assert stack.post(post_id)["share_url"] == link
    assert stack.post(post_id)["state"] == "published"


def test_a_429_keeps_the_next_attempt_a_minute_away(stack, name):
    account = stack.connect(name, privacy_level="SELF_ONLY")
    fault = {"endpoint": "content_init", "code": "rate_limit_exceeded", "open_id": account["open_id"]}
    stack.emulator("POST", "next-errors", json=fault)
    (post_id,) = stack.deliver(name).json()["post_ids"]
    post = stack.wait_for(post_id, "retryable")
    (attempt,) = post["attempts"]
    assert post["next_attempt_at"] > attempt["started_at"]
    assert stack.emulator("GET", "posts", params={"open_id": account["open_id"]})["items"] == []


def test_an_unpublished_article_cancels_what_tiktok_does_not_have_and_warns_of_the_rest(stack, name):
    stack.connect(name)
    (waiting,) = stack.deliver(name).json()["post_ids"]
    stack.wait_for(waiting, "scheduled")
    stack.deliver(name, kind="article.unpublished")
    assert stack.wait_for(waiting, "cancelled")["state_reason"] == "article_unpublished"
    (account,) = [a for a in stack.api("GET", "/api/accounts")["items"] if a["enabled"]]
    stack.api("PATCH", f"/api/accounts/{account['id']}", json={"privacy_level": "SELF_ONLY"})
    (posted,) = stack.deliver(f"{name}-2").json()["post_ids"]
    stack.wait_for(posted, "published")
    stack.deliver(f"{name}-2", kind="article.unpublished")
    post = stack.post(posted)
    assert (post["state"], post["alert"]) == ("published", "article_unpublished")


def test_a_move_that_the_state_forbids_is_a_conflict(stack, name):
    stack.connect(name, privacy_level="SELF_ONLY")
    (post_id,) = stack.deliver(name).json()["post_ids"]
    stack.wait_for(post_id, "published")
    for action, body in (("approve", {}), ("retry", None), ("cancel", None), ("resolve", {"verdict": "posted"})):
        answer = stack.http.post(f"/api/posts/{post_id}/{action}", json=body)
        assert answer.status_code == 409, action
        assert answer.json()["code"] == "state_forbids"
    assert stack.http.post("/api/posts/nobody/cancel").status_code == 404
