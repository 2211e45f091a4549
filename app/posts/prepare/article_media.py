"""The pictures and the video that an article names, and what of them was uploaded here."""

from collections.abc import Mapping

from app.articles.models import Article
from app.media.models import MediaAsset
from app.media.problems import ImageSource
from app.messages.message import unpack
from app.posts.models import Post


def list_images(article: Article) -> list[ImageSource]:
    """The article's pictures in its own order."""
    return [
        ImageSource(
            url=str(image["url"]),
            alt=str(image.get("alt") or ""),
            problem=unpack(image.get("problem"), image.get("problem_message")),
        )
        for image in article.images
    ]


def wanted_images(post: Post, article: Article) -> list[ImageSource]:
    """The article's pictures, but for those that a person left out of this post, in the order that a person chose."""
    left_out, order = set(post.left_out), post.settings.get("picture_order", [])
    images = [image for image in list_images(article) if image.url not in left_out]
    return sorted(images, key=lambda image: order.index(image.url) if image.url in order else len(order))


def media_addresses(article: Article) -> list[str]:
    """List the addresses of the article's pictures, and of its video."""
    return [str(image["url"]) for image in article.images] + ([article.video_url] if article.video_url else [])


def at_their_addresses(uploads: Mapping[str, MediaAsset]) -> list[MediaAsset]:
    """Give what was uploaded under the addresses by which the article names it."""
    return [MediaAsset(**{**asset.model_dump(), "source_url": address}) for address, asset in uploads.items()]
