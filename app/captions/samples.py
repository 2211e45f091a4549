"""Sample articles, for a newsroom that has none yet: texts and hashtags are tried on them."""

from app.captions.schemas import CaptionArticle

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
