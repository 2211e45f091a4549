"""A schema of the OpenAPI document as the rows of a table: what a reader asks of a body."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from inspect import cleandoc
from typing import Any

from markdown_it import MarkdownIt
from markupsafe import Markup

Schema = Mapping[str, Any]

_REF = "#/components/schemas/"
_DEEPEST = 5
_PARSER = MarkdownIt("commonmark", {"html": False})
_LIMITS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "pattern": "as {}",
    "default": "{} if left out",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One row. `name` is the whole way to it: `items[].id`."""

    name: str
    kind: str
    is_required: bool
    choices: Sequence[str]
    limits: Sequence[str]
    description: Markup


@cache
def as_html(text: str) -> Markup:
    """Render what our own code says of a field, as the paragraph, the list or the few words that it is."""
    render = _PARSER.render if "\n" in text else _PARSER.renderInline
    return Markup(render(cleandoc(text)))  # noqa: S704 - what the parser made of our own text


class Schemas:
    """The schemas of one document, by their names."""

    def __init__(self, schemas: Mapping[str, Schema]) -> None:
        self._schemas = schemas

    def list_fields(self, schema: Schema) -> list[Field]:
        """List the fields of an object, or of the objects that a list has, with what stands in them."""
        return list(self._walk(schema, "", ()))

    def read_field(self, name: str, schema: Schema, *, is_required: bool, description: str = "") -> Field:
        """Describe one value."""
        resolved = self._resolve(schema)
        alternatives = self._alternatives(resolved)
        choices = [str(choice) for one in alternatives for choice in one.get("enum", ())]
        limits = [
            words.format(_plain(one[limit])) for one in (*alternatives, resolved) for limit, words in _LIMITS.items()
            if limit in one
        ]  # fmt: skip
        told = description or str(schema.get("description", "")) or str(resolved.get("description", ""))
        return Field(name, self.name_kind(schema), is_required, choices, list(dict.fromkeys(limits)), as_html(told))

    def name_kind(self, schema: Schema) -> str:
        """Say in words what a value is: `string or null`, `list of PostRead`."""
        if "$ref" in schema:
            target = self._resolve(schema)
            return self.name_kind(target) if "enum" in target else str(schema["$ref"]).removeprefix(_REF)
        if alternatives := schema.get("oneOf") or schema.get("anyOf"):
            return " or ".join(dict.fromkeys(self.name_kind(one) for one in alternatives))
        if "const" in schema:
            return str(schema["const"])
        kind = schema.get("type", "any")
        if isinstance(kind, list):
            return " or ".join(kind)
        if kind == "array":
            return f"list of {self.name_kind(schema.get('items', {}))}"
        return f"{kind}, {schema['format']}" if "format" in schema else str(kind)

    def _walk(self, schema: Schema, way: str, above: tuple[str, ...]) -> Iterator[Field]:
        ref = str(schema.get("$ref", ""))
        if ref in above or len(above) > _DEEPEST:
            return
        above = (*above, ref) if ref else above
        resolved = self._resolve(schema)
        if resolved.get("type") == "array":
            yield from self._walk(resolved.get("items", {}), f"{way}[]", above)
            return
        for one in resolved.get("oneOf") or resolved.get("anyOf") or ():
            yield from self._walk(one, way, above)
        required = resolved.get("required", ())
        for name, value in resolved.get("properties", {}).items():
            whole = f"{way}.{name}" if way else name
            yield self.read_field(whole, value, is_required=name in required)
            yield from self._walk(value, whole, above)

    def _alternatives(self, schema: Schema) -> list[Schema]:
        return [self._resolve(one) for one in schema.get("oneOf") or schema.get("anyOf") or [schema]]

    def _resolve(self, schema: Schema) -> Schema:
        return self._schemas[str(schema["$ref"]).removeprefix(_REF)] if "$ref" in schema else schema


def _plain(value: object) -> object:
    match value:
        case float() if value.is_integer():
            return int(value)
        case bool() | None:
            return {True: "true", False: "false", None: "null"}[value]
        case _:
            return value
