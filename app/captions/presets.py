"""Whole sets of hashtag rules, taken over by one command or one click."""

from app.captions.hashtags import HashtagRules

PRESETS: dict[str, HashtagRules] = {
    # News of Satpayev: the set of the first newsroom, in the spelling of each language.
    "satpayev": HashtagRules(
        brand={
            "all": ["#AIMAK"],
            "kk": ["#Сәтбаев"],
            "kk-Latn": ["#Sätbaev"],
            "ru": ["#Сатпаев"],
            "en": ["#Satpayev"],
        },
        languages={"kk": ["#жаңалықтар"], "kk-Latn": ["#jañalyqtar"], "ru": ["#новости"], "en": ["#news"]},
        regions={"kk": ["#Қазақстан"], "kk-Latn": ["#Qazaqstan"], "ru": ["#Казахстан"], "en": ["#Kazakhstan"]},
        breaking={"kk": ["#шұғыл"], "kk-Latn": ["#şūğyl"], "ru": ["#срочно"], "en": ["#breaking"]},
    )
}
