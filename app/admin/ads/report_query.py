"""A report as the page's address names it, and whether what was chosen fits together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from app.ads.figures.spans import days_of_span
from app.messages.translator import N_, Translator

PATH = "/admin/ads/reports"
_LONGEST_CHOICE = 40


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure. `of_people`, `of_hours`: TikTok has it by age, gender, country … and by the hour."""

    label: str
    kind: str
    of_people: bool = False
    of_hours: bool = True


METRICS: Mapping[str, Metric] = {
    "spend": Metric(N_("Spent"), "money", of_people=True),
    "impressions": Metric(N_("Impressions"), "count", of_people=True),
    "clicks": Metric(N_("Clicks"), "count", of_people=True),
    "ctr": Metric(N_("Clicks of 100 impressions (CTR)"), "percent", of_people=True),
    "cpc": Metric(N_("Cost per click"), "money", of_people=True),
    "cpm": Metric(N_("Cost per 1,000 impressions"), "money", of_people=True),
    "conversion": Metric(N_("Conversions"), "count", of_people=True),
    "cost_per_conversion": Metric(N_("Cost per conversion"), "money", of_people=True),
    "conversion_rate": Metric(N_("Conversions of 100 clicks"), "percent", of_people=True),
    "reach": Metric(N_("People reached"), "count", of_hours=False),
    "frequency": Metric(N_("Impressions per person"), "number", of_hours=False),
    "video_play_actions": Metric(N_("Video views"), "count"),
    "video_watched_2s": Metric(N_("Watched for 2 seconds"), "count"),
    "video_watched_6s": Metric(N_("Watched for 6 seconds"), "count"),
    "video_views_p50": Metric(N_("Watched to the middle"), "count"),
    "video_views_p100": Metric(N_("Watched to the end"), "count"),
    "average_video_play": Metric(N_("Seconds watched on average"), "number"),
    "likes": Metric(N_("Likes"), "count"),
    "comments": Metric(N_("Comments"), "count"),
    "shares": Metric(N_("Shares"), "count"),
    "follows": Metric(N_("New followers"), "count"),
    "profile_visits": Metric(N_("Profile visits"), "count"),
}
USUAL = ("spend", "impressions", "clicks", "ctr")
LEVELS: Mapping[str, str] = {
    "campaign": N_("each campaign"),
    "adgroup": N_("each ad group"),
    "ad": N_("each ad"),
    "advertiser": N_("the ad account as a whole"),
}
TIMES: Mapping[str, str] = {
    "": N_("all days together"),
    "stat_time_day": N_("each day"),
    "stat_time_hour": N_("each hour"),
}
LANES: Mapping[str, str] = {
    "auction": N_("bought by auction"),
    "reservation": N_("reserved"),
}
PEOPLE: Mapping[str, str] = {
    "": N_("everybody together"),
    "age": N_("age"),
    "gender": N_("gender"),
    "country_code": N_("country"),
    "platform": N_("system of the phone"),
}
SPANS: Mapping[str, str] = {
    "today": N_("Today"),
    "7": N_("The last 7 days"),
    "14": N_("The last 14 days"),
    "30": N_("The last 30 days"),
    "90": N_("The last 90 days"),
    "month": N_("This month"),
    "last_month": N_("Last month"),
    "days": N_("From one day to another"),
}
ID_LABELS: Mapping[str, str] = {
    "campaign_id": N_("Campaign"),
    "adgroup_id": N_("Ad group"),
    "ad_id": N_("Ad"),
    "advertiser_id": N_("Ad account"),
    "stat_time_day": N_("Day"),
    "stat_time_hour": N_("Hour"),
    "age": N_("Age"),
    "gender": N_("Gender"),
    "country_code": N_("Country"),
    "platform": N_("System of the phone"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportQuery:
    """What is wanted. `is_asked`: the form was sent, and not only opened."""

    level: str = "campaign"
    lane: str = "auction"
    time: str = ""
    people: str = ""
    metrics: tuple[str, ...] = USUAL
    span: str = "14"
    first: str = ""
    last: str = ""
    sort: str = ""
    page: int = 1
    is_asked: bool = False

    def href(self, **changes: Any) -> str:
        """Give the address of this report, or of one that differs."""
        query = replace(self, **{"page": 1, **changes})
        return f"{PATH}?{urlencode(query.pairs())}"

    def pairs(self) -> list[tuple[str, str]]:
        names = (
            "level",
            *(("lane",) if self.lane != "auction" else ()),
            "time",
            "people",
            "span",
            "first",
            "last",
            "sort",
        )
        given = [(name, getattr(self, name)) for name in names]
        pairs = [("show", "1"), *((name, value) for name, value in given if value)]
        pairs += [("metrics", one) for one in self.metrics]
        return [*pairs, ("page", str(self.page))] if self.page > 1 else pairs

    def days(self, today: date) -> tuple[date, date] | None:
        """Give first and last day by the ad account's clock, whole days only; None where none were named."""
        return days_of_span(self.span_words, today)

    @property
    def span_words(self) -> str:
        """The days as a kept report has them."""
        return f"{self.first}..{self.last}" if self.span == "days" else self.span

    def misfits(self, i18n: Translator) -> Iterator[str]:
        """Say what of the choice does not fit together at TikTok, each with what would."""
        if not self.metrics:
            yield i18n.gettext(N_("Choose one figure at least."))
        if self.people and self.time == "stat_time_hour":
            yield i18n.gettext(N_("TikTok tells people apart by the day, not by the hour. Choose days."))
        odd = [METRICS[name].label for name in self.metrics if self.people and not METRICS[name].of_people]
        if odd:
            told = ", ".join(i18n.gettext(label) for label in odd)
            yield i18n.gettext(N_("TikTok does not have these by people, leave them out: %(figures)s")) % {
                "figures": told
            }
        by_hour = self.time == "stat_time_hour"
        odd = [METRICS[name].label for name in self.metrics if by_hour and not METRICS[name].of_hours]
        if odd:
            told = ", ".join(i18n.gettext(label) for label in odd)
            yield i18n.gettext(N_("TikTok does not have these by the hour, leave them out: %(figures)s")) % {
                "figures": told
            }

    def parameters(self, today: date | None) -> dict[str, Any]:
        """Give it in TikTok's words, with the names of what stands in the rows; without a day, without days."""
        names = [f"{self.level}_name"] if self.level != "advertiser" else []
        dimensions = [f"{self.level}_id", *(one for one in (self.time, self.people) if one)]
        asked: dict[str, Any] = {
            "report_type": "AUDIENCE" if self.people else "BASIC",
            "data_level": f"{self.lane.upper()}_{self.level.upper()}",
            "dimensions": dimensions,
            "metrics": [*names, *self.metrics],
        }
        if today is not None and (days := self.days(today)):
            asked |= {"start_date": days[0].isoformat(), "end_date": days[1].isoformat()}
        if sort := self.sort if self.sort in self.metrics else "":
            asked |= {"order_field": sort, "order_type": "DESC"}
        elif self.time:
            asked |= {"order_field": self.time, "order_type": "DESC"}
        return asked


def read_query(pairs: Sequence[tuple[str, str]]) -> ReportQuery:
    """Read the names and values of an address."""
    values = dict(pairs)
    is_asked = bool(values.get("show"))

    def known(name: str, words: Mapping[str, str], usual: str) -> str:
        return values[name] if values.get(name) in words else usual

    chosen = [value for name, value in pairs if name == "metrics" and value in METRICS]
    page = values.get("page", "")
    return ReportQuery(
        level=known("level", LEVELS, "campaign"),
        lane=known("lane", LANES, "auction"),
        time=known("time", TIMES, ""),
        people=known("people", PEOPLE, ""),
        metrics=tuple(dict.fromkeys(chosen))[:_LONGEST_CHOICE] if is_asked else USUAL,
        span=known("span", SPANS, "14"),
        first=values.get("first", "")[:10] if _day(values.get("first", "")) else "",
        last=values.get("last", "")[:10] if _day(values.get("last", "")) else "",
        sort=values.get("sort", "") if values.get("sort", "") in METRICS else "",
        page=min(int(page), 10_000) if page.isascii() and page.isdecimal() and 0 < len(page) < 6 and int(page) else 1,
        is_asked=is_asked,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
