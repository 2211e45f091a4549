"""How well the language of news is found out: 200 lines in 23 languages, and what one of them costs.

`python -m tests.bench languages` prints how many are right, wrong and left open, by language where one is not right.
The ratio is to a question to the model alone.
"""

import time
from pathlib import Path

from app.captions.detection import ask_model, detect_language
from tests.bench.tools import report

_NEWS = Path(__file__).parents[1] / "payloads" / "languages" / "news.tsv"


def lines() -> list[tuple[str, str]]:
    """Give the lines, each behind its language."""
    rows = [line.split("\t") for line in _NEWS.read_text(encoding="utf-8").splitlines()]
    return [(language, text) for language, text in rows]


def measure() -> tuple[int, int, int]:
    """Tell how many lines are right, how many wrong, and of how many the language stays open."""
    found = [(language, detect_language(text)) for language, text in lines()]
    right = sum(language == told for language, told in found)
    left_open = sum(told == "" for _, told in found)
    return right, len(found) - right - left_open, left_open


def main() -> None:
    right, wrong, left_open = measure()
    texts = [text for _, text in lines()]
    began = time.process_time()
    for text in texts:
        detect_language(text)
    cost = time.process_time() - began
    began = time.process_time()
    for text in texts:
        ask_model(text)
    bare = time.process_time() - began
    missed = sorted({language for language, text in lines() if detect_language(text) != language})
    report(
        "languages.news",
        lines=len(texts),
        right=right,
        wrong=wrong,
        left_open=left_open,
        accuracy_percent=round(100 * right / len(texts), 1),
        not_all_right=missed,
        ms_per_text=round(1000 * cost / len(texts), 3),
        ratio=round(cost / bare, 2),
    )


if __name__ == "__main__":
    main()
