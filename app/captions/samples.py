"""Sample articles, and how every kind of post would read with given templates and rules: for a settings page."""

from dataclasses import dataclass

from app.captions.hashtags import HashtagRules
from app.captions.schemas import Caption, CaptionArticle, CaptionLimits, PostKind, TemplateOverrides
from app.captions.service import render_caption

SAMPLE_ARTICLES: dict[str, CaptionArticle] = {
    "kk": CaptionArticle(
        title="Сәтбаевта жаңа мектеп ашылды: 1 200 оқушыға арналған ғимарат",
        excerpt=(
            "Сәтбаев қаласында 1 200 орындық жаңа мектеп есігін айқара ашты. "
            "Ғимаратта спорт залы, кітапхана және робототехника сыныбы бар. 🎒"
        ),
        text="Сәтбаев қаласында 1 200 орындық жаңа мектеп есігін айқара ашты.",
        url="https://news.example/kk/zhana-mektep",
        language="kk",
        category="Қоғам",
        tags=("Білім", "Жаңа Қазақстан", "мектеп", "Ұлытау облысы"),
        source_name="AIMAK",
    ),
    "ru": CaptionArticle(
        title="В Сатпаеве из-за метели закрыли трассу на Жезказган",
        excerpt=(
            "Трассу Сатпаев — Жезказган закрыли для всех видов транспорта из-за метели и нулевой видимости. "
            "Спасатели просят водителей не выезжать до улучшения погоды. ❄️"
        ),
        text="Трассу Сатпаев — Жезказган закрыли для всех видов транспорта из-за метели.",
        url="https://news.example/ru/trassa-zakryta",
        language="ru",
        category="Происшествия",
        tags=("Погода", "Дороги", "ДЧС"),
        breaking=True,
        source_name="AIMAK",
    ),
}


@dataclass(frozen=True, slots=True)
class CaptionPreview:
    language: str
    kind: PostKind
    caption: Caption


def preview_captions(
    *,
    templates: TemplateOverrides | None = None,
    rules: HashtagRules | None = None,
    limits: CaptionLimits | None = None,
    with_link: bool = False,
) -> list[CaptionPreview]:
    """Render every sample article as every kind of post."""
    return [
        CaptionPreview(
            language,
            kind,
            render_caption(
                article,
                kind=kind,
                language=language,
                templates=templates,
                rules=rules,
                limits=limits,
                with_link=with_link,
            ),
        )
        for language, article in SAMPLE_ARTICLES.items()
        for kind in PostKind
    ]
