"""`newsreel ads report` and `newsreel ads upload-video`."""

import asyncio
import shutil
import sys
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from app.ads.commands import Misuse, which
from app.ads.connections.reach import reach_advertiser
from app.ads.figures.days import today_at
from app.ads.printing import complain, print_one, print_rows
from app.ads.reports.face.answers import make_csv, show_report
from app.ads.reports.reading import ReportFile
from app.ads.reports.sheets import make_xlsx
from app.ads.uploads.progress import Progress
from app.ads.uploads.receiving import Received, copy_file, fetch_address
from app.ads.uploads.service import store_file
from app.kit.clock import utcnow
from app.resources import Resources

_DAYS = 7
_MOST_ROWS = 1000
_TELL_EVERY_SECONDS = 0.5
_VIDEO_COLUMNS = ("video_id", "file_name", "width", "height", "duration", "size")


async def print_report(
    app: Resources, advertiser_id: str | None, asked: Mapping[str, str], limit: int, *, as_json: bool
) -> None:
    """Print the first rows of a report."""
    advertiser_id = await which(app, advertiser_id)
    told = await show_report(
        app,
        advertiser_id,
        {**_spanned(asked, await _today(app, advertiser_id)), "page_size": str(min(limit, _MOST_ROWS))},
    )
    if as_json:
        click.echo(told.model_dump_json())
        return
    rows: list[dict[str, Any]] = [{**row.dimensions, **row.metrics} for row in told.items]
    print_rows(rows, [*_columns(asked["dimensions"]), *_columns(asked["metrics"])], as_json=False)
    if told.page_info.total_number > len(rows):
        complain(f"{len(rows)} of {told.page_info.total_number} rows: --csv and --xlsx write all of them.")
    _tell_age(str(told.may_change_from) if told.may_change_from else None)
    _tell_truncated(is_truncated=told.is_truncated)
    if (other := told.not_included) is not None:
        _tell_other(other.data_level, "not told" if other.rows is None else f"rows={other.rows}; spend={other.spend:f}")


async def save_report(
    app: Resources, advertiser_id: str | None, asked: Mapping[str, str], csv: str | None, xlsx: str | None
) -> None:
    """Write all rows of a report into files; `-` is standard output, for CSV. A file is there when it is whole."""
    advertiser_id = await which(app, advertiser_id)
    made, headers = await make_csv(app, advertiser_id, _spanned(asked, await _today(app, advertiser_id)))
    with made.file:
        if csv is not None:
            await asyncio.to_thread(_write_csv, made, csv)
        if xlsx is not None:
            await asyncio.to_thread(_write_xlsx, made, Path(xlsx))
    _tell_age(headers.get("newsreel-may-change-from"))
    _tell_truncated(is_truncated=made.is_truncated)
    _tell_other(*headers["newsreel-not-included"].split("; ", 1))


async def upload_video(
    app: Resources, advertiser_id: str | None, source: str, name: str | None, *, as_json: bool
) -> None:
    """Store a video of this machine's, or of an address, in the library at TikTok; tell meanwhile how far it is."""
    advertiser_id = await which(app, advertiser_id)
    progress = Progress()

    async def receive(target: Path) -> Received:
        if source.startswith(("https://", "http://")):
            found = await fetch_address(app, source, target, "video")
        else:
            try:
                progress.total = Path(source).stat().st_size  # noqa: ASYNC240 - a moment
                found = await copy_file(Path(source), target)
            except OSError as error:
                raise Misuse(f"{source}: {error.strerror}.") from None
        if name:
            found.fields["file_name"] = name
        return found

    telling = asyncio.create_task(_tell_progress(progress))
    try:
        made = await store_file(app, advertiser_id, "video", receive, progress)
    finally:
        telling.cancel()
    print_one(made, _VIDEO_COLUMNS, as_json=as_json)


async def _today(app: Resources, advertiser_id: str) -> date:
    """Tell the day by the ad account's clock: TikTok's figures are of such days."""
    reached = await reach_advertiser(app, advertiser_id)
    return today_at(reached.advertiser.timezone if reached.advertiser else "")


def _spanned(asked: Mapping[str, str], today: date) -> dict[str, str]:
    """The last seven days, where nothing else is said."""
    given = {name: value for name, value in asked.items() if value}
    if given.get("query_lifetime") == "true":
        return given
    given.setdefault("end_date", str(today))
    given.setdefault("start_date", str(today - timedelta(days=_DAYS - 1)))
    return given


def _columns(names: str) -> list[str]:
    return [name.strip() for name in names.split(",")]


def _write_csv(made: ReportFile, path: str) -> None:
    made.file.seek(0)
    if path == "-":
        shutil.copyfileobj(made.file, sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return
    target = Path(path)
    draft = _draft_beside(target)
    try:
        with draft.open("wb") as file:
            shutil.copyfileobj(made.file, file)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _write_xlsx(made: ReportFile, target: Path) -> None:
    draft = _draft_beside(target)
    try:
        with TemporaryDirectory() as folder:
            source = Path(folder) / "report.csv"
            _write_csv(made, str(source))
            make_xlsx(source, draft)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _draft_beside(target: Path) -> Path:
    if not target.parent.is_dir():
        raise Misuse(f"There is no folder {target.parent}.")
    return target.with_name(f".{target.name}.draft")


def _tell_age(may_change_from: str | None) -> None:
    until = f"; figures from {may_change_from} on may still change" if may_change_from else ""
    click.echo(f"As of {utcnow():%Y-%m-%d %H:%M} UTC{until}.", err=True)


def _tell_truncated(*, is_truncated: bool) -> None:
    if is_truncated:
        complain("TikTok cut the report off: it is not whole. Ask for fewer objects at once.")


def _tell_other(data_level: str, told: str) -> None:
    """Say what was bought the other way: TikTok reports it apart."""
    lane, what = data_level.partition("_")[0].lower(), told
    if told == "not told":
        click.echo(f"Not in it: {lane}. TikTok tells nothing of it in this ad account.", err=True)
    elif not told.startswith("rows=0;"):
        click.echo(f"Not in it: {lane} ({what}). --bought {lane} shows it.", err=True)


async def _tell_progress(progress: Progress) -> None:
    """Write on one line of a terminal how far an upload is; into a file nothing."""
    if not sys.stderr.isatty():
        return
    while True:
        await asyncio.sleep(_TELL_EVERY_SECONDS)
        done: Any = progress.sent or progress.received
        of = f" of {progress.total:,}" if progress.total else ""
        click.echo(f"\r{progress.state.value} {done:,}{of} bytes ", nl=False, err=True)
