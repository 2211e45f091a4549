"""Tables of the manual that follow from the code: `python -m tests.support.manual_tables` prints them."""

import re
import sys

from app.tiktok.advice import Advice
from app.tiktok.catalogue import ERROR_CODES, FAIL_REASONS, OAUTH_ERRORS
from tests.support.openapi import read_document

ANSWERS = {
    "When a post is handed over, or TikTok is asked": ERROR_CODES,
    "After TikTok has accepted a post": FAIL_REASONS,
    "When an account is connected or renewed": OAUTH_ERRORS,
}


def routes_table() -> str:
    """Write one line per route of the API: what it does, as the OpenAPI document has it."""
    lines = ["| route | does |", "|---|---|"]
    for path, methods in read_document()["paths"].items():
        if path.startswith("/api/"):
            address = re.sub(r"\{\w+\}", "{id}", path)
            lines += [f"| `{method.upper()} {address}` | {route['description']} |" for method, route in methods.items()]
    return "\n".join(lines)


def answers_table(answers: dict[str, Advice]) -> str:
    """Write one line per code of TikTok's."""
    lines = ["| code | cause | cure |", "|---|---|---|"]
    lines += [f"| `{code}` | {advice.cause} | {advice.cure} |" for code, advice in answers.items()]
    return "\n".join(lines)


def _print() -> None:
    sys.stdout.write(f"api.md\n\n{routes_table()}\n\ntiktok-answers.md\n")
    for title, answers in ANSWERS.items():
        sys.stdout.write(f"\n## {title}\n\n{answers_table(answers)}\n")


if __name__ == "__main__":
    _print()
