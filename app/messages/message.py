"""A sentence that people read: its English text for logs, and what it was made from for everybody else."""

import inspect
import re
import zlib
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, Self

from markupsafe import Markup, escape

from app.messages.kinds import KINDS, Kind, Page, Plain
from app.messages.translator import DEFAULT_LANGUAGE, Translator, translator

P = ParamSpec("P")

_PLACEHOLDER = re.compile(r"%\((\w+)\)s")

reader: ContextVar[str] = ContextVar("reader", default=DEFAULT_LANGUAGE)
"""The language in which an answer of the API is read."""


class Message(str):
    """An English sentence that still knows its slug and its parameters, as JSON has them.

    What is somebody else's, or was stored before there were slugs, has no code and is shown as it is.
    """

    __slots__ = ("code", "params")

    code: str
    params: Mapping[str, Any]

    def __new__(cls, english: str, code: str = "", params: Mapping[str, Any] | None = None) -> Self:
        message = super().__new__(cls, english)
        message.code = code
        message.params = params or {}
        return message

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> Any:
        """In an answer of the API it is said in the reader's language."""
        from pydantic_core import core_schema

        as_text = core_schema.plain_serializer_function_ser_schema(cls.said, return_schema=core_schema.str_schema())
        return core_schema.no_info_plain_validator_function(recognise, serialization=as_text)

    def __reduce__(self) -> tuple[Any, ...]:
        return Message, (str(self), self.code, dict(self.params))

    def said(self, language: str | None = None) -> str:
        """Say it as text, in the language of whoever reads this answer."""
        return _say(Plain(translator(language or reader.get())), self)

    def written(self, to: Plain) -> str:
        """Say it to somebody in particular, whose zone `to` knows."""
        return _say(to, self)

    def shown(self, i18n: Translator) -> str:
        """Say it on a page: plain text, or, where a time or a quotation stands in it, Markup."""
        return _say(Page(i18n), self)


NOTHING_SAID = Message("")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A declared sentence: its text, the plural where `by` counts something, and the kinds of its parameters."""

    code: str
    text: str
    kinds: Mapping[str, Kind | None]
    plural: str = ""
    by: str = ""

    @property
    def texts(self) -> tuple[str, ...]:
        """The message id of the catalogues."""
        return (self.text, self.plural) if self.plural else (self.text,)

    def make(self, values: Mapping[str, Any]) -> Message:
        """Fill it in. Raises TypeError where a parameter is missing or not known."""
        if values.keys() != self.kinds.keys():
            raise TypeError(f"{self.code} takes {', '.join(self.kinds) or 'nothing'}, not {', '.join(values)}")
        return self.make_again({name: _keep(self.kinds[name], value) for name, value in values.items()})

    def make_again(self, kept: Mapping[str, Any]) -> Message:
        """Fill it in with parameters as JSON has them."""
        english = {name: _english(self.kinds[name], value) for name, value in kept.items()}
        text = self.plural if self.plural and kept[self.by] != 1 else self.text
        return Message(text % english if english else text, self.code, kept)


SENTENCES: dict[str, Sentence] = {}
"""All that are declared, by slug."""
_WHOLE: dict[str, Message] = {}
"""Those without parameters, by their English."""


def plain(code: str, text: str) -> Message:
    """Declare a sentence without parameters."""
    message = _declare(Sentence(code, text, {})).make({})
    _WHOLE[text] = message
    return message


def sentence(text: str, plural: str = "", *, by: str = "") -> Callable[[Callable[P, None]], Callable[P, Message]]:
    """Declare a sentence whose slug and typed parameters are those of the function below it.

    With `plural` there are two forms, and each language has its own, by the number that `by` names.
    """

    def declare(signature: Callable[P, None]) -> Callable[P, Message]:
        parameters = inspect.signature(signature).parameters
        kinds = {name: KINDS.get(parameter.annotation) for name, parameter in parameters.items()}
        unknown = [name for name, kind in kinds.items() if kind is None and parameters[name].annotation is not Message]
        if unknown:
            raise TypeError(f"{signature.__name__}: no kind of parameter fits {', '.join(unknown)}")
        declared = _declare(Sentence(signature.__name__, text, kinds, plural, by))

        @wraps(signature)
        def make(*args: P.args, **values: P.kwargs) -> Message:
            return declared.make(dict(zip(kinds, args, strict=False)) | values)

        return make

    return declare


def recognise(text: str) -> Message:
    """Take another program's words for a message: they stay as they are, unless they are a sentence of ours."""
    return text if isinstance(text, Message) else _WHOLE.get(text) or Message(text)


def keep(message: str) -> Any:
    """What JSON holds of a message within another one, or on its way from one process to another."""
    message = recognise(message)
    return {"code": message.code, "params": dict(message.params)} if message.code else str(message)


def read(kept: Any) -> Message:
    """Make the message again that `keep` was given."""
    if isinstance(kept, str):
        return Message(kept)
    return SENTENCES[kept["code"]].make_again(kept["params"])


def pack(message: str | None) -> dict[str, Any] | None:
    """What a row keeps of a message, beside its English text; None where it is not one of ours.

    `of` is a print of that text: a process of an older version changes the text alone, and is found out by it.
    """
    if not isinstance(message, Message) or not message.code:
        return None
    return {"code": message.code, "params": dict(message.params), "of": _print(message)}


def unpack(text: str | None, packed: Mapping[str, Any] | None) -> Message | None:
    """Read a message back from a row: as it was made, or as its mere text where nothing fitting stands beside it."""
    if text is None:
        return None
    if packed and packed.get("of") == _print(text) and packed.get("code") in SENTENCES:
        return Message(text, packed["code"], packed["params"])
    return Message(text)


def keep_whole(message: str) -> dict[str, Any]:
    """The same where no text stands beside it: what came from an older row, or from another program, is kept too."""
    return {"text": str(message), "message": pack(message)}


def read_whole(kept: Mapping[str, Any]) -> Message:
    """Make the message again that `keep_whole` was given."""
    return unpack(kept["text"], kept["message"]) or NOTHING_SAID


def _declare(declared: Sentence) -> Sentence:
    for text in declared.texts:
        if set(_PLACEHOLDER.findall(text)) != declared.kinds.keys():
            raise TypeError(f"{declared.code}: text and signature name other parameters.")
    if declared.code in SENTENCES:
        raise TypeError(f"There are two sentences {declared.code}.")
    SENTENCES[declared.code] = declared
    return declared


def _print(text: str) -> str:
    return f"{zlib.crc32(text.encode()):08x}"


def _keep(kind: Kind | None, value: Any) -> Any:
    return keep(value) if kind is None else kind.keep(value)


def _english(kind: Kind | None, kept: Any) -> str:
    return str(read(kept)) if kind is None else kind.english(kept)


def _say(to: Plain, message: Message) -> str:
    declared = SENTENCES.get(message.code)
    if declared is None:
        return str(message)
    try:
        return _fill(to, declared, message.params)
    except (KeyError, TypeError, ValueError, OverflowError):
        # A process of another version may know other parameters.
        return str(message)


def _fill(to: Plain, declared: Sentence, params: Mapping[str, Any]) -> str:
    text = to.i18n.gettext(declared.text)
    if declared.plural:
        text = to.i18n.ngettext(declared.text, declared.plural, params[declared.by])
    if not declared.kinds:
        return text
    values = {name: _write(to, kind, params[name]) for name, kind in declared.kinds.items()}
    is_marked = any(isinstance(value, Markup) for value in values.values())
    return escape(text) % values if is_marked else text % values


def _write(to: Plain, kind: Kind | None, kept: Any) -> str:
    if kind is not None:
        return kind.write(to, kept)
    inner = read(kept)
    # A word of another program's that we have no word for is a quotation.
    return _say(to, inner) if inner.code or to.i18n.language == DEFAULT_LANGUAGE else to.quote(inner)
