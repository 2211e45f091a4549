"""The words of caption templates: what an article gives them, and what they may not say."""

from enum import StrEnum

from jinja2 import nodes


class Kind(StrEnum):
    text = "text"
    list = "list"
    flag = "flag"
    number = "number"


VARIABLES: dict[str, Kind] = {
    "title": Kind.text,
    "excerpt": Kind.text,
    "link": Kind.text,
    "hashtags": Kind.list,
    "tags": Kind.list,
    "category": Kind.text,
    "language": Kind.text,
    "source_name": Kind.text,
    "breaking": Kind.flag,
}
LOOP_VARIABLES = {"first": Kind.flag, "last": Kind.flag, "index": Kind.number}
PLAIN_FILTERS = ("upper", "lower", "title", "capitalize", "trim")
NOT_ALLOWED = {
    nodes.Assign: "set",
    nodes.AssignBlock: "set",
    nodes.Macro: "macro",
    nodes.CallBlock: "call",
    nodes.FilterBlock: "filter … endfilter",
    nodes.Include: "include",
    nodes.Import: "import",
    nodes.FromImport: "from … import",
    nodes.Extends: "extends",
    nodes.Block: "block",
    nodes.With: "with",
    nodes.Call: "a call",
    nodes.Concat: "joining text with ~",
    nodes.BinExpr: "arithmetic",
    nodes.UnaryExpr: "arithmetic",
    nodes.Test: "a test with “is”",
    nodes.Slice: "a slice",
    nodes.Scope: "autoescape",
    nodes.Literal: "a list or dictionary",
}
