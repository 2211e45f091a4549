"""Tables of the manual that follow from the code: `python -m tests.support.manual_tables` prints them."""

import re
import sys

import yaml

from app.admin.wording.states import REASONS
from app.config import ROOT
from app.tiktok.advice import Advice
from app.tiktok.catalogue import ERROR_CODES, FAIL_REASONS
from app.tiktok.catalogue_permission import OAUTH_ERRORS
from tests.support.openapi import read_document

ANSWERS = {
    "When a post is handed over, or TikTok is asked": ERROR_CODES,
    "After TikTok has accepted a post": FAIL_REASONS,
    "When an account is connected or renewed": OAUTH_ERRORS,
}

_PLACEHOLDER = re.compile(r"\{\{.*?\}\}")


def routes_table() -> str:
    """Write one line per route of the API: what it does, as the OpenAPI document has it."""
    lines = ["| route | does |", "|---|---|"]
    for path, methods in read_document()["paths"].items():
        if path.startswith("/api/"):
            address = re.sub(r"\{\w+\}", "{id}", path)
            # Of a longer description the first paragraph: the rest would end the table.
            lines += [
                f"| `{method.upper()} {address}` | {' '.join(route['description'].split(chr(10) * 2)[0].split())} |"
                for method, route in methods.items()
            ]
    return "\n".join(lines)


def answers_table(answers: dict[str, Advice]) -> str:
    """Write one line per code of TikTok's."""
    lines = ["| code | cause | cure |", "|---|---|---|"]
    lines += [f"| `{code}` | {advice.cause} | {advice.cure} |" for code, advice in answers.items()]
    return "\n".join(lines)


def reasons_table() -> str:
    """Write one line per reason of a post's state that the pages have words for."""
    lines = ["| reason | what the page says |", "|---|---|"]
    return "\n".join([*lines, *(f"| `{reason}` | {words} |" for reason, words in REASONS.items())])


def alerts_table() -> str:
    """Write one line per alerting rule."""
    groups = yaml.safe_load((ROOT / "app" / "ops" / "metrics" / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    lines = ["| alert | severity | meaning |", "|---|---|---|"]
    for rule in rules:
        meaning = _PLACEHOLDER.sub("…", rule["annotations"]["summary"])
        lines.append(f"| `{rule['alert']}` | {rule['labels']['severity']} | {meaning} |")
    return "\n".join(lines)


def _print() -> None:
    sys.stdout.write(f"api.md\n\n{routes_table()}\n\nstates.md\n\n{reasons_table()}\n\n")
    sys.stdout.write(f"metrics.md\n\n{alerts_table()}\n\ntiktok-answers.md\n")
    for title, answers in ANSWERS.items():
        sys.stdout.write(f"\n## {title}\n\n{answers_table(answers)}\n")


if __name__ == "__main__":
    _print()
