"""Our side of `tests.bench.report`: `python -m tests.bench.report_ours ADDRESS FIRST LAST TARGET`."""

import asyncio
import shutil
import sys
import time
from pathlib import Path

from app.ads.reports.asking import PagedParameters
from app.ads.reports.reading import write_csv
from app.kit.http.client import build_client
from app.kit.logs import configure_logging
from app.tiktok_business.addresses import read_address
from app.tiktok_business.client import TikTokBusinessClient
from app.tiktok_business.limiter import NoLimit, Priority
from app.tiktok_business.sending import Patience
from tests.bench.report_asked import ADVERTISER, DIMENSIONS, METRICS, TOKEN, Memory, tell


async def main(address: str, first: str, last: str, target: Path) -> None:
    async with build_client() as http:
        client = TikTokBusinessClient(
            http, read_address(address), NoLimit(), access_token=TOKEN, patience=Patience(Priority.report, "bench")
        )
        await _write(client, first, first, target)
        memory = Memory()
        started_at = time.perf_counter()
        await _write(client, first, last, target)
        tell(time.perf_counter() - started_at, target, memory)


async def _write(client: TikTokBusinessClient, first: str, last: str, target: Path) -> None:
    asked = PagedParameters(
        data_level="AUCTION_CAMPAIGN", dimensions=DIMENSIONS, metrics=METRICS, start_date=first, end_date=last
    )
    made = await write_csv(client.reports, ADVERTISER, asked, target.parent)
    with made.file as source, target.open("wb") as file:
        shutil.copyfileobj(source, file)


if __name__ == "__main__":
    configure_logging()  # to standard error: the figures stand alone
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4])))
