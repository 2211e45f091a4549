"""The form of the hashtag rules: a table of groups and languages, read into rules."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.captions.hashtags import HashtagGroup, HashtagRules, hashtag
from app.kit.languages import normalise_language
from app.messages import refusals
from app.messages.message import Message
from app.messages.translator import LANGUAGES, N_

GROUPS: dict[HashtagGroup, str] = {
    HashtagGroup.brand: N_("Brand"),
    HashtagGroup.language: N_("By language"),
    HashtagGroup.region: N_("Region"),
    HashtagGroup.category: N_("Category"),
    HashtagGroup.tags: N_("The article's tags"),
    HashtagGroup.breaking: N_("Breaking news"),
}
EVERY = "all"
COLUMNS = {
    HashtagGroup.brand: "brand",
    HashtagGroup.language: "languages",
    HashtagGroup.region: "regions",
    HashtagGroup.breaking: "breaking",
}
"""The groups that are typed by language, by their names among the rules."""
_BETWEEN = re.compile(r"[\s,;]+")
_MOST = {"maximum": 30, "article_tags": 30}


@dataclass(frozen=True, slots=True)
class HashtagForm:
    """What stands in the fields, as typed, by the fields' names; `faults` says what is wrong with which."""

    fields: Mapping[str, str]
    languages: Sequence[str]
    faults: Mapping[str, Message] = field(default_factory=dict)

    @classmethod
    def of(cls, rules: HashtagRules) -> "HashtagForm":
        """Fill the fields in with rules."""
        fields: dict[str, str] = {}
        languages: dict[str, None] = {EVERY: None, **dict.fromkeys(LANGUAGES)}
        for name in COLUMNS.values():
            told = getattr(rules, name)
            by_language = {EVERY: told} if isinstance(told, list) else told
            for code, tags in by_language.items():
                languages[code] = None
                fields[f"{name}.{code}"] = " ".join(tags)
        fields["categories"] = "\n".join(f"{category} = {tag}" for category, tag in rules.categories.items())
        fields["blocklist"] = "\n".join(rules.blocklist)
        fields["maximum"], fields["article_tags"] = str(rules.maximum), str(rules.article_tags)
        for place, group in enumerate(rules.order, start=1):
            fields[f"order.{group}"] = str(place)
        return cls(fields, list(languages))

    @classmethod
    def typed(cls, sent: Mapping[str, str]) -> "HashtagForm":
        """Take what was sent, with a column for the language that somebody adds."""
        languages: dict[str, None] = {EVERY: None, **dict.fromkeys(LANGUAGES)}
        faults: dict[str, Message] = {}
        for name in sent:
            group, _, code = name.partition(".")
            if group in COLUMNS.values() and (code == EVERY or normalise_language(code) == code):
                languages[code] = None
        if added := sent.get("new_language", "").strip():
            if code := normalise_language(added[:40]):
                languages[code] = None
            else:
                faults["new_language"] = refusals.no_language_code(text=added[:40])
        return cls(sent, list(languages), faults)

    def to_rules(self) -> tuple[HashtagRules | None, "HashtagForm"]:
        """Read the rules; None, and the form with what is wrong in it, where they cannot be used."""
        faults = dict(self.faults)
        values: dict[str, object] = {name: self._read_group(name, faults) for name in COLUMNS.values()}
        values["categories"] = self._read_categories(faults)
        values["blocklist"] = [line.strip()[:200] for line in self._lines("blocklist") if line.strip()][:1000]
        for name, most in _MOST.items():
            values[name] = self._read_number(name, most, faults)
        values["order"] = self._read_order(faults)
        if faults:
            return None, HashtagForm(self.fields, self.languages, faults)
        return HashtagRules.model_validate(values), self

    def _lines(self, name: str) -> list[str]:
        return self.fields.get(name, "").replace("\0", "").splitlines()

    def _read_group(self, name: str, faults: dict[str, Message]) -> dict[str, list[str]]:
        result: dict[str, list[str]] = {}
        for code in self.languages:
            if name == "languages" and code == EVERY:
                continue
            words = [word for word in _BETWEEN.split(" ".join(self._lines(f"{name}.{code}"))) if word]
            if bad := [word for word in words if hashtag(word) is None]:
                faults[f"{name}.{code}"] = refusals.no_hashtag(text=bad[0][:40])
            elif len(words) > _MOST["maximum"]:
                faults[f"{name}.{code}"] = refusals.too_many_hashtags(most=_MOST["maximum"])
            elif words:
                result[code] = words
        return result

    def _read_categories(self, faults: dict[str, Message]) -> dict[str, str]:
        result: dict[str, str] = {}
        for line in self._lines("categories"):
            if not line.strip():
                continue
            category, equals, tag = (part.strip() for part in line.rpartition("="))
            if not equals or not category or hashtag(tag) is None:
                faults["categories"] = refusals.no_category_line(text=line.strip()[:60])
                break
            result[category] = tag
        if len(result) > 500:
            faults["categories"] = refusals.too_many_hashtags(most=500)
        return result

    def _read_number(self, name: str, most: int, faults: dict[str, Message]) -> int:
        text = self.fields.get(name, "").strip()
        if text.isascii() and text.isdigit() and len(text) < 4 and int(text) <= most:
            return int(text)
        faults[name] = refusals.whole_number(most=most)
        return 0

    def _read_order(self, faults: dict[str, Message]) -> list[HashtagGroup]:
        places: dict[HashtagGroup, int] = {}
        for group in HashtagGroup:
            text = self.fields.get(f"order.{group}", "").strip()
            if not text:
                continue
            if not (text.isascii() and text.isdigit() and len(text) < 4):
                faults[f"order.{group}"] = refusals.whole_number(most=len(HashtagGroup))
            else:
                places[group] = int(text)
        return sorted(places, key=lambda group: places[group])
