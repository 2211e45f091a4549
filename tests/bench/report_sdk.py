"""The official SDK's side of `tests.bench.report`: page after page, span after span, as its documents show it.

`python -m tests.bench.report_sdk ADDRESS FIRST LAST TARGET PAGE_SIZE MOST_PAGES`; 0 pages are all.
"""

import csv
import sys
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import business_api_client as sdk

from tests.bench.report_asked import ADVERTISER, DIMENSIONS, METRICS, TOKEN, Memory, tell


def main(address: str, first: str, last: str, target: Path, page_size: int, most: int) -> None:
    settings = sdk.Configuration()
    settings.host = address
    client = sdk.ReportingApi(sdk.ApiClient(settings))
    memory = Memory()
    started_at = time.perf_counter()
    with target.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*DIMENSIONS, *METRICS])
        for number, rows in enumerate(_pages(client, date.fromisoformat(first), date.fromisoformat(last), page_size)):
            writer.writerows(_cells(row) for row in rows)
            if most and number + 1 >= most:
                break
    tell(time.perf_counter() - started_at, target, memory)


def _pages(client: Any, first: date, last: date, page_size: int) -> Iterator[list[Any]]:
    while first <= last:
        until = min(last, first + timedelta(days=29))
        number, pages = 1, 1
        while number <= pages:
            answer = client.report_integrated_get(
                "BASIC", TOKEN, advertiser_id=ADVERTISER, data_level="AUCTION_CAMPAIGN", dimensions=DIMENSIONS,
                metrics=METRICS, start_date=str(first), end_date=str(until), page=number, page_size=page_size,
            )  # fmt: skip
            pages = answer["data"]["page_info"]["total_page"]
            yield answer["data"]["list"]
            number += 1
        first = until + timedelta(days=1)


def _cells(row: Any) -> list[str]:
    return [row["dimensions"][name] for name in DIMENSIONS] + [row["metrics"][name] for name in METRICS]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4]), int(sys.argv[5]), int(sys.argv[6]))
