"""Languages as newsrooms name them, brought to the one tag that templates and hashtags go by."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from app.kit.text import fold

# ISO 639-1 with some of 639-3;
# and what CMSes write in their place: a country, a code of ISO 639-2, a name in one of our readers' languages.
_ISO_639 = """
    aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el
    en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it
    iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt
    my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl
    sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo
    za zh zu
    ady alt ast bal bua ceb ckb crh dng dsb fil gag gsw haw hmn hsb jbo kaa kbd kmr krc kum lez mdf myv nog sah sco tlh
    tyv udm xal yue
"""
_CODES = frozenset(_ISO_639.split())
_NAMES = {
    "kk": "kz kaz qaz kazakh kazak qazaq qazaqsha qazaqşa kazakhsha қаз қазақ қазақша казах казахский kazakca",
    "ru": "rus russian russkiy russkij рус русс русский русская орыс орысша orys orysşa",
    "en": "us gb eng english англ английский ағылшын ағылшынша",
    "ky": "kir kyrgyz kirghiz кыргыз кыргызча киргизский кыргызский қырғыз қырғызша",
    "uz": "uzb uzbek ozbek o'zbek o'zbekcha узбекский ўзбек ўзбекча өзбек өзбекше",
    "tr": "tur turkish türkçe turkce турецкий түрік түрікше",
    "uk": "ua ukr ukrainian українська украинский украин",
    "be": "by bel belarusian беларуская белорусский",
    "tt": "tat tatar татар татарча татарский",
    "az": "aze azerbaijani azərbaycan azerbaycan азербайджанский",
    "ug": "uig uyghur uighur ұйғыр уйгурский",
    "tg": "tgk tajik тоҷикӣ таджикский",
    "mn": "mon mongolian монгол монгольский",
    "de": "deu ger german deutsch немецкий неміс",
    "fr": "fra fre french français francais французский француз",
    "es": "spa spanish español espanol испанский",
    "it": "ita italian italiano итальянский",
    "pl": "pol polish polski польский",
    "zh": "cn zho chi cmn chinese mandarin 中文 汉语 漢語 китайский қытай қытайша",
    "ja": "jp jpn japanese 日本語 японский",
    "ko": "kor korean 한국어 корейский",
    "ar": "ara arabic العربية арабский араб",
    "fa": "fas per persian farsi персидский",
    "he": "iw heb hebrew иврит",
    "id": "in ind indonesian",
    "no": "nor norwegian norsk норвежский",
    "sv": "swe swedish svenska шведский",
    "nl": "nld dut dutch nederlands голландский нидерландский",
    "pt": "por portuguese português portugues португальский",
    "ka": "kat geo georgian ქართული грузинский грузин",
    "hy": "hye arm armenian հայերեն армянский армян",
    "ro": "ron rum romanian română romana румынский",
    "hi": "hin hindi хинди",
}
_SAME = {fold(name): code for code, names in _NAMES.items() for name in names.split()}
# Kazakh in Latin letters is another spelling with other hashtags. Scripts in which a language is usual say nothing.
_SCRIPTS = {
    **dict.fromkeys(("latn", "latin", "латын", "латынша", "латиница", "latyn"), "Latn"),
    **dict.fromkeys(("cyrl", "cyrillic", "кирилл", "кириллица"), "Cyrl"),
    **dict.fromkeys(("arab", "arabic", "төте"), "Arab"),
}
_UNUSUAL = {("kk", "Latn"), ("kk", "Arab"), ("uz", "Cyrl"), ("az", "Cyrl"), ("sr", "Latn"), ("tt", "Latn")}
# ISO 639 says with these that there is no language, or that it is not known which.
_ABSENT = frozenset({"und", "mul", "zxx", "mis", "root"})
_APOSTROPHES = str.maketrans(dict.fromkeys("’ʻ‘ʼ`", "'"))
_PART = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_SEVERAL = re.compile(r"[,;|/+&]")


def normalise_language(name: str) -> str:
    """Bring `kk-KZ`, `KZ`, `қазақша`, `ru_RU` and the like to `kk` or `ru`; what names no language becomes empty.

    Kazakh in Latin letters stays apart as `kk-Latn`.
    """
    if len(name) > 200 or _SEVERAL.search(name):
        return ""
    name = fold(name).translate(_APOSTROPHES)
    parts = _PART.findall(name)
    language = _primary(parts[0], is_word=" " in name) if parts else ""
    script = next((_SCRIPTS[part] for part in parts[1:] if part in _SCRIPTS), "")
    return f"{language}-{script}" if (language, script) in _UNUSUAL else language


def is_no_language(name: str) -> bool:
    """Tell whether a name says outright that there is no language: nothing, or `und` and its like."""
    return fold(name) in {"", *_ABSENT}


def bare_language(language: str) -> str:
    """Give the language without its script."""
    return language.partition("-")[0]


def _as_tag(name: str) -> str:
    language = normalise_language(name)
    if not language and not is_no_language(name):
        raise ValueError("must look like kk, ru or en-GB")
    return language


Language = Annotated[str, Field(max_length=60), AfterValidator(_as_tag)]
"""A language as a person types it, kept as its tag; empty where it says that there is none."""


def _primary(word: str, *, is_word: bool) -> str:
    # A code does not stand among words: «no language» is not Norwegian.
    if is_word and word.isascii() and len(word) <= 3:
        return ""
    return _SAME.get(word, word if word in _CODES else "")
