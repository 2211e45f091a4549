"""`newsreel ads` and doctor's look at connections, with the emulated Business API on a real wire."""

import json
import re
import zipfile
from collections.abc import AsyncIterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from app.ads import commands, commands_files
from app.ads.commands import switch_campaigns as switch
from app.ads.desk.creating import create_ads
from app.ads.desk.writing import Desk
from app.ads.models import Advertiser
from app.cli_ads import ads
from app.errors import NotFound
from app.kit.clock import utcnow
from app.ops.doctor.business import check_connections
from app.resources import Resources, open_resources
from tests.ads.conftest import TikTok
from tests.ads.desk import ANALYST, FIRST, OPERATOR, SECOND, app_settings, consent, control
from tests.media.videos import films

CAMPAIGN = {"campaign_name": "Көктем", "objective_type": "TRAFFIC", "budget_mode": "BUDGET_MODE_DAY", "budget": "60"}


@pytest.fixture
async def desk(tmp_path: Path, sqlite_url: str, tiktok: TikTok) -> AsyncIterator[Resources]:
    settings = app_settings(tmp_path, sqlite_url, tiktok.address)
    async with open_resources(settings) as opened:
        yield opened


def printed(capsys) -> Any:
    """What a command has printed as JSON, without the log lines that tests see before it."""
    out = capsys.readouterr().out
    return json.loads(out[out.index("{") :])


async def test_campaigns_are_made_listed_paused_and_resumed(desk: Resources, tiktok: TikTok, capsys):
    await consent(desk, tiktok, OPERATOR, advertiser_ids=[FIRST])
    capsys.readouterr()
    assert await commands.run(desk, lambda app: commands.make_campaign(app, None, CAMPAIGN, (), as_json=True)) == 0
    made = printed(capsys)
    assert (made["budget"], made["operation_status"]) == (60, "DISABLE")
    ids = (made["campaign_id"],)
    for status in ("ENABLE", "DISABLE"):
        switched = partial(switch, advertiser_id=FIRST, ids=ids, status=status, as_json=True)
        assert await commands.run(desk, switched) == 0
        assert printed(capsys)["items"][0]["operation_status"] == status
    assert await commands.run(desk, lambda app: commands.show_campaigns(app, None, as_json=False)) == 0
    assert "Көктем" in capsys.readouterr().out
    assert await commands.run(desk, lambda app: commands.show_advertisers(app, as_json=True)) == 0
    assert [row["role"] for row in printed(capsys)["items"]] == ["Operator"]


async def test_exit_codes_tell_refusal_misuse_and_an_unknown_outcome_apart(desk: Resources, tiktok: TikTok, capsys):
    await consent(desk, tiktok)
    wrong = {**CAMPAIGN, "campaign_name": "🌞", "objective_type": "SALES"}
    assert await commands.run(desk, lambda app: commands.make_campaign(app, FIRST, wrong, (), as_json=False)) == 2
    said = capsys.readouterr().err
    assert "campaign_name must have no emoji" in said
    assert "objective_type must be one of" in said
    assert await commands.run(desk, lambda app: commands.show_campaigns(app, None, as_json=False)) == 2
    assert SECOND in capsys.readouterr().err
    for wanted in (("74",), "x"):
        switched = partial(switch, advertiser_id=FIRST, ids=wanted, status="ENABLE", as_json=False)
        code = await commands.run(desk, switched)
        assert code == (1 if wanted == ("74",) else 2)
    ad = {"ad_name": "a", "ad_format": "SINGLE_IMAGE", "image_ids": ["i"], "ad_text": "Оқыңыз",
          "identity_type": "CUSTOMIZED_USER", "identity_id": "i"}  # fmt: skip
    await tiktok.fail_next("ad/create/", phase="before", cut=True)

    async def lost(app: Resources) -> None:
        await create_ads(Desk(app, "command line"), FIRST, {"adgroup_id": "1", "creatives": [ad]})

    assert await commands.run(desk, lost) == 3


async def test_a_report_is_printed_and_written_whole_into_files(
    desk: Resources, tiktok: TikTok, capsys, tmp_path: Path
):
    await control(tiktok, "history", advertiser_id=FIRST, campaigns=3, days=3, deposit=100_000)
    asked = {"data_level": "AUCTION_CAMPAIGN", "dimensions": "campaign_id", "metrics": "spend,campaign_name",
             "order_field": "spend", "order_type": "DESC"}  # fmt: skip

    async def run(work: Any, *args: Any, **options: Any) -> int:
        return await commands.run(desk, lambda app: work(app, FIRST, *args, **options))

    assert await run(commands_files.print_report, asked, 2, as_json=False) == 0
    out, err = capsys.readouterr()
    lines = out[out.index("campaign_id") :].splitlines()
    assert (len(lines), lines[0].split()) == (3, ["campaign_id", "spend", "campaign_name"])
    assert "2 of 3 rows" in err
    assert "may still change" in err
    await control(tiktok, "history", advertiser_id=FIRST, campaigns=2, days=3, deposit=100_000,
                  buying_type="RESERVATION_RF")  # fmt: skip
    assert await run(commands_files.print_report, asked, 100, as_json=True) == 0
    told = printed(capsys)
    spent = [row["metrics"]["spend"] for row in told["items"]]
    assert sorted(spent, key=float, reverse=True) == spent
    assert told["not_included"]["rows"] == 2
    csv, xlsx = tmp_path / "r.csv", tmp_path / "r.xlsx"
    assert await run(commands_files.save_report, asked, str(csv), str(xlsx)) == 0
    assert [line.split(",")[1] for line in csv.read_text().splitlines()[1:]] == spent
    assert "Not in it: reservation (rows=2; spend=" in capsys.readouterr().err
    with zipfile.ZipFile(xlsx) as book:
        cells = re.findall(r'<c r="B\d+"><v>([^<]+)</v>', book.read("xl/worksheets/sheet1.xml").decode())
    assert [float(cell) for cell in cells] == [float(one) for one in spent]
    assert await run(commands_files.print_report, {**asked, "metrics": "all", "start_date": "0"}, 9, as_json=True) == 2
    said = capsys.readouterr().err
    assert "start_date must be a day" in said
    assert await run(commands_files.save_report, asked, "/nowhere/r.csv", None) == 2


async def test_without_days_a_report_is_of_the_last_seven_by_the_ad_account_s_clock(
    desk: Resources, tiktok: TikTok, monkeypatch: pytest.MonkeyPatch
):
    await consent(desk, tiktok, OPERATOR, advertiser_ids=[FIRST])
    ends: list[date] = []

    async def show(_app: Resources, _advertiser_id: str, asked: dict[str, str]) -> None:
        first, last = date.fromisoformat(asked["start_date"]), date.fromisoformat(asked["end_date"])
        assert last - first == timedelta(days=6)
        ends.append(last)
        raise NotFound

    monkeypatch.setattr(commands_files, "show_report", show)
    # There is no moment at which it is the same day in both.
    zones = ("Pacific/Kiritimati", "Etc/GMT+12")
    for zone in zones:
        async with desk.transaction() as session:
            await session.exec(sa.update(Advertiser).values(timezone=zone))
        await commands.run(desk, lambda app: commands_files.print_report(app, FIRST, {}, 9, as_json=True))
    assert ends == [utcnow().astimezone(ZoneInfo(zone)).date() for zone in zones]


async def test_a_video_is_stored_once_from_a_file_and_an_analyst_stores_none(
    desk: Resources, tiktok: TikTok, capsys, tmp_path: Path
):
    film = tmp_path / "жаңалық.mp4"
    film.write_bytes(films.fitting())

    async def upload(source: str, name: str | None = None) -> int:
        return await commands.run(desk, lambda app: commands_files.upload_video(app, FIRST, source, name, as_json=True))

    assert await upload(str(film)) == 0
    made = printed(capsys)
    assert (made["file_name"], made["size"]) == ("жаңалық.mp4", film.stat().st_size)
    assert await upload(str(film)) == 0
    assert printed(capsys)["video_id"] == made["video_id"]
    assert await upload(str(film), "second.mp4") == 0
    assert printed(capsys)["file_name"] == "second.mp4"
    assert await upload(str(tmp_path / "none.mp4")) == 2
    film.write_bytes(b"no film at all")
    assert await upload(str(film)) == 1
    await consent(desk, tiktok, ANALYST)
    assert await upload(str(film)) == 1


def test_the_commands_are_on_the_command_line_and_take_no_contradiction():
    result = CliRunner().invoke(ads, ["report", "--lifetime", "--from", "2026-11-01"])
    assert (result.exit_code, "leave out --from" in result.output) == (2, True)
    assert "upload-video" in CliRunner().invoke(ads, ["--help"]).output


async def test_doctor_tries_each_connection_and_says_what_is_missing(desk: Resources, tiktok: TikTok):
    async def look() -> list[tuple[str, str]]:
        return [(found.level.value, found.message) async for found in check_connections(desk)]

    (nobody,) = await look()
    assert nobody[0] == "ok"
    assert "production" in nobody[1]
    await consent(desk, tiktok)
    (good,) = await look()
    assert good[0] == "ok"
    assert "Newsroom Almaty (Admin)" in good[1]
    narrow = await consent(desk, tiktok, OPERATOR, scopes=[200, 210, 220])
    levels = [level for level, _ in await look()]
    assert sorted(levels) == ["ok", "warning"]
    assert any("201" in message for _, message in await look())
    await control(tiktok, "next-errors", endpoint="user/info/", code=40105, times=2)
    assert [level for level, _ in await look()] == ["broken", "broken"]
    assert narrow
