"""The countries of a boost's form, by their names in the reader's language."""

from collections.abc import Sequence

from babel import Locale

from app.admin.boosts.form import BoostForm
from app.errors import AppError
from app.messages.translator import Translator
from app.resources import Resources


async def read_places(
    app: Resources, i18n: Translator, advertiser_id: str | None, form: BoostForm
) -> tuple[Sequence[tuple[str, str]], bool]:
    """Give number and name of each, and whether TikTok has named them; none without an ad account that can be asked."""
    from app.ads.boosts.places import list_places

    if not advertiser_id:
        return (), False
    try:
        found = await list_places(app, advertiser_id, form.objective_type or "TRAFFIC")
    except AppError:
        return (), False
    names = Locale.parse(i18n.language).territories
    named = [(one.location_id, str(names.get(one.country, one.country))) for one in found.places]
    return sorted(named, key=lambda one: one[1]), found.is_tiktok_s
