"""What a TikTok account shows of itself: its profile, its posts and their figures."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec

from app.emulator.business_api.call import Call, read
from app.emulator.business_api.errors import refuse
from app.emulator.business_api.facts import make_measures
from app.emulator.business_api.people import need_account
from app.emulator.business_api.store import Doc
from app.emulator.business_api.times import read_day

_PROFILE = frozenset(
    ("is_business_account", "profile_image", "username", "profile_deep_link", "display_name", "bio_description",
     "is_verified", "following_count", "followers_count", "total_likes", "videos_count", "metrics",
     "audience_ages", "audience_genders", "audience_countries", "audience_cities")
)  # fmt: skip
_DAILY = frozenset(("video_views", "profile_views", "likes", "comments", "shares", "unique_video_views"))
_LONGEST_BACK = 60
_LAG_DAYS = 1


class Get(msgspec.Struct):
    business_id: str
    start_date: str | None = None
    end_date: str | None = None
    fields: list[str] | None = None


class Filters(msgspec.Struct):
    video_ids: list[str] | None = None
    ad_post_only: bool | None = None


class Videos(msgspec.Struct):
    business_id: str
    fields: list[str] | None = None
    filters: Filters | None = None
    cursor: int | None = None
    max_count: Annotated[int, msgspec.Meta(ge=1, le=20)] = 10


class Settings(msgspec.Struct):
    business_id: str


class Suggest(msgspec.Struct):
    business_id: str
    keyword: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    language: str = "en"


@read("business/get/", "user.info.basic", credential="account")
def show_account(call: Call) -> Any:
    asked = call.take(Get)
    account = need_account(call, asked.business_id)
    fields = asked.fields or ["display_name", "profile_image"]
    unknown = [name for name in fields if name not in _PROFILE | _DAILY]
    if unknown:
        raise refuse("fields", f"{unknown[0][:60]} is no field of an account")
    posts = call.book.store.find("post", owner=asked.business_id)
    known = {
        **account,
        "profile_image": f"{call.origin}/_emulator/avatars/{account['username']}.svg",
        "profile_deep_link": f"https://www.tiktok.com/@{account['username']}",
        "videos_count": len(posts),
        "total_likes": sum(_figures(call, post)["likes"] for post in posts),
        "metrics": _days(call, account, asked),
        "audience_ages": [{"age": "18-24", "percentage": 0.61}, {"age": "25-34", "percentage": 0.39}],
        "audience_genders": [{"gender": "Female", "percentage": 0.54}, {"gender": "Male", "percentage": 0.46}],
        "audience_countries": [{"country": "KZ", "percentage": 0.83}, {"country": "RU", "percentage": 0.17}],
        "audience_cities": [{"city_name": "Almaty", "percentage": 0.41}],
    }
    return {name: known[name] for name in fields if name in _PROFILE}


def _days(call: Call, account: Doc, asked: Get) -> list[Doc]:
    today = datetime.fromtimestamp(call.now, UTC).date()
    first = read_day("start_date", asked.start_date) if asked.start_date else today - timedelta(days=7)
    last = read_day("end_date", asked.end_date) if asked.end_date else today - timedelta(days=1)
    if first > last or first < today - timedelta(days=_LONGEST_BACK):
        raise refuse("start_date", f"it is not after end_date, and {_LONGEST_BACK} days back at most")
    days = []
    while first <= min(last, today - timedelta(days=_LAG_DAYS)):
        whole = make_measures(call.book.settings.seed, account["open_id"], first.isoformat(), 900)
        days.append(
            {
                "date": first.isoformat(), "video_views": whole[4], "unique_video_views": whole[4] * 4 // 5,
                "profile_views": whole[17], "likes": whole[13], "comments": whole[14], "shares": whole[15],
                "followers_count": account["followers_count"], "daily_new_followers": whole[16],
                "daily_lost_followers": whole[16] // 3,
                "audience_activity": [{"hour": str(hour), "count": 10 + hour} for hour in range(24)],
            }
        )  # fmt: skip
        first += timedelta(days=1)
    return days


@read("business/video/list/", "video.list", credential="account")
def list_posts(call: Call) -> Any:
    asked = call.take(Videos)
    need_account(call, asked.business_id)
    wanted = asked.filters.video_ids if asked.filters else None
    found = [
        post
        for post in sorted(
            call.book.store.find("post", owner=asked.business_id), key=lambda one: -int(one["at"] * 1_000)
        )
        if (not wanted or post["item_id"] in wanted)
        and (asked.cursor is None or asked.cursor <= 0 or int(post["at"] * 1_000) < asked.cursor)
    ]
    page = found[: asked.max_count]
    fields = {"item_id", *(asked.fields or [])}
    shown = [{name: value for name, value in _show(call, post).items() if name in fields} for post in page]
    cursor = int(page[-1]["at"] * 1_000) if page else 0
    return {"videos": shown, "cursor": cursor, "has_more": len(found) > len(page)}


def _show(call: Call, post: Doc) -> Doc:
    figures = _figures(call, post)
    return {
        "item_id": post["item_id"], "media_type": post["media_type"], "is_ad": False,
        "create_time": str(int(post["at"])), "caption": post["caption"], "share_url": post["share_url"],
        "embed_url": f"https://www.tiktok.com/embed/v2/{post['item_id']}",
        "thumbnail_url": f"{call.origin}/_emulator/avatars/{post['item_id']}.svg",
        "video_duration": post.get("video_duration", 0), **figures,
        "reach": figures["video_views"] * 4 // 5, "full_video_watched_rate": 0.21, "average_time_watched": 4.2,
        "total_time_watched": figures["video_views"] * 4, "new_followers": figures["likes"] // 30,
        "profile_views": figures["likes"] // 8, "website_clicks": 0,
        "impression_sources": [{"impression_source": "For You", "percentage": 1.0}],
    }  # fmt: skip


def _figures(call: Call, post: Doc) -> Doc:
    """Give the figures of a post: they grow for some days by the seed, unless a test has set them."""
    whole = make_measures(call.book.settings.seed, post["item_id"], "post", 4_000)
    age = min(max(call.now - post["at"], 0) / (5 * 86_400), 1.0)
    grown = [int(number * age) for number in whole]
    names = {"video_views": grown[4], "likes": grown[13], "comments": grown[14], "shares": grown[15]}
    return {**names, "favorites": grown[13] // 9, **post.get("figures", {})}


@read("business/video/settings/", "video.publish", credential="account")
def show_settings(call: Call) -> Any:
    account = need_account(call, call.take(Settings).business_id)
    return {
        "privacy_level_options": ["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"],
        "comment_disabled": account["comment_disabled"],
        "duet_disabled": False,
        "stitch_disabled": False,
        "max_video_post_duration_sec": 600,
    }


@read("business/hashtag/suggestion/", "video.list", credential="account")
def suggest_hashtags(call: Call) -> Any:
    asked = call.take(Suggest)
    need_account(call, asked.business_id)
    word = "".join(letter for letter in asked.keyword if letter.isalnum()) or "news"
    return {"suggestions": [{"name": f"{word}{end}", "view_count": 10_000 - 1_000 * len(end)} for end in ("", "news")]}


operations = (show_account, list_posts, show_settings, suggest_hashtags)
