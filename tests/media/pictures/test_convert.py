"""Pictures of every kind, into what TikTok takes; and what is refused, with a reason."""

import io
from pathlib import Path

import pytest
import pyvips
from PIL import Image

from app.kit.sandbox.pool import ProcessPool, TaskError
from app.media.pictures.converting import converters
from app.media.sniff import ImageKind, Unusable, sniff
from app.messages.message import read
from tests.media import samples
from tests.media.samples import encode, photo, turned

RED, BLUE, GREEN, WHITE = (220, 20, 20), (20, 20, 220), (10, 200, 30), (255, 255, 255)


@pytest.fixture(scope="module")
def pool():
    """The real children with the real limits."""
    yield converters
    converters.close()


@pytest.fixture
def convert(pool: ProcessPool, tmp_path: Path):
    async def convert(data: bytes, **options):
        source, target = tmp_path / "source", tmp_path / "target.jpg"
        source.write_bytes(data)
        target.unlink(missing_ok=True)
        answer = await pool.run(source=str(source), target=str(target), **options)
        if "refused" in answer:
            assert answer["why"]
            assert not target.exists()
            return answer, None
        image = Image.open(io.BytesIO(target.read_bytes()))
        image.load()
        assert (image.format, image.mode) == ("JPEG", "RGB")
        assert (image.width, image.height, target.stat().st_size) == (answer["width"], answer["height"], answer["size"])
        return answer, image

    return convert


def is_close(pixel, colour, tolerance=12) -> bool:
    return all(abs(a - b) <= tolerance for a, b in zip(pixel, colour, strict=True))


def left(image: Image.Image):
    return image.getpixel((image.width // 4, image.height // 2))


def right(image: Image.Image):
    return image.getpixel((image.width * 3 // 4, image.height // 2))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "HEIF", "AVIF"])
async def test_every_kind_becomes_a_jpeg_that_looks_the_same(convert, kind):
    _, image = await convert(encode(photo(), kind))
    assert image.size == (800, 600)
    assert is_close(left(image), RED)
    assert is_close(right(image), BLUE)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((4000, 3000), (1440, 1080)),
        ((3000, 4000), (1080, 1440)),
        ((1254, 1254), (1080, 1080)),
        ((1086, 1448), (1080, 1440)),
        ((941, 1672), (941, 1672)),
        ((1920, 1080), (1920, 1080)),
        ((1080, 1920), (1080, 1920)),
        ((6000, 1000), (1920, 320)),
        ((1000, 6000), (320, 1920)),
        ((1921, 1081), (1919, 1080)),
        ((640, 480), (640, 480)),
        ((32, 32), (32, 32)),
    ],
)
async def test_a_picture_is_shrunk_into_its_frame_and_never_enlarged_or_cropped(convert, size, expected):
    _, image = await convert(encode(Image.new("RGB", size, GREEN), "PNG"))
    assert abs(image.width - expected[0]) <= 1
    assert abs(image.height - expected[1]) <= 1
    assert max(image.size) <= 1920
    assert min(image.size) <= 1080


async def test_nothing_is_cropped_off_the_edges(convert):
    wide = Image.new("RGB", (3000, 1000), GREEN)
    wide.paste(RED, (0, 0, 100, 1000))
    wide.paste(BLUE, (2900, 0, 3000, 1000))
    _, image = await convert(encode(wide, "PNG"))
    assert is_close(image.getpixel((5, 100)), RED)
    assert is_close(image.getpixel((image.width - 6, 100)), BLUE)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize(
    ("orientation", "is_upright", "corner"),
    [(1, True, RED), (2, True, BLUE), (3, True, BLUE), (4, True, RED),
     (5, False, RED), (6, False, RED), (7, False, BLUE), (8, False, BLUE)],
)  # fmt: skip
async def test_the_orientation_is_applied(convert, kind, orientation, is_upright, corner):
    _, image = await convert(turned(kind, orientation))
    assert image.size == ((800, 600) if is_upright else (600, 800))
    assert is_close(image.getpixel((image.width // 4, image.height // 4)), corner)
    assert image.getexif().get(0x0112, 1) == 1


async def test_a_turned_picture_gets_the_frame_of_its_upright_shape(convert):
    data = encode(Image.new("RGB", (4000, 3000), GREEN), "JPEG", exif=samples.exif(6))
    _, image = await convert(data)
    assert image.size == (1080, 1440)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF", "AVIF"])
async def test_place_and_names_do_not_leave_with_the_picture(convert, tmp_path, kind):
    options = {"xmp": samples.XMP} if kind in {"JPEG", "WEBP", "AVIF"} else {}
    if kind == "JPEG":
        options["comment"] = samples.SECRET_WORDS.encode()
    data = turned(kind, 1, **options)
    assert samples.SECRET_WORDS.encode() in data
    _, image = await convert(data)
    written = (tmp_path / "target.jpg").read_bytes()
    assert samples.SECRET_WORDS.encode() not in written
    assert b"Exif" not in written
    assert b"xmpmeta" not in written
    assert dict(image.getexif()) == {}
    assert not {"exif", "xmp", "comment", "photoshop", "icc_profile"} & set(image.info)


async def test_the_jpeg_is_baseline_with_halved_colour(convert):
    _, image = await convert(encode(photo(), "JPEG", progressive=True, subsampling=0))
    assert "progressive" not in image.info
    assert [(component[1], component[2]) for component in image.layer] == [(2, 2), (1, 1), (1, 1)]


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "AVIF", "HEIF"])
async def test_a_transparent_picture_stands_on_white(convert, kind):
    _, image = await convert(samples.see_through(kind))
    assert is_close(left(image), WHITE, 3)


async def test_a_palette_with_alpha_stands_on_white(convert):
    _, image = await convert(samples.palette_with_alpha())
    assert is_close(left(image), WHITE, 3)
    assert is_close(right(image), GREEN)


async def test_grey_with_alpha_stands_on_white(convert):
    _, image = await convert(encode(Image.new("LA", (200, 100), (0, 0)), "PNG"))
    assert is_close(left(image), WHITE, 3)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA"])
async def test_every_mode_of_png_becomes_rgb(convert, mode):
    _, image = await convert(encode(Image.new("RGB", (200, 100), WHITE).convert(mode), "PNG"))
    assert is_close(left(image), WHITE, 3)


async def test_16_bit_pictures_keep_their_brightness(convert):
    _, image = await convert(samples.png_16_bit(65535))
    assert is_close(left(image), WHITE, 3)
    _, image = await convert(samples.png_16_bit(0))
    assert is_close(left(image), (0, 0, 0), 3)
    _, image = await convert(samples.png_16_bit_alpha())
    assert is_close(left(image), (127, 255, 127), 4)


async def test_cmyk_becomes_srgb(convert):
    _, image = await convert(encode(Image.new("RGB", (200, 100), (255, 0, 0)).convert("CMYK"), "JPEG", quality=95))
    red, green, blue = left(image)
    assert red > 200
    assert green < 80
    assert blue < 80


async def test_a_wide_gamut_picture_is_brought_to_srgb(convert):
    data = samples.with_p3_profile()
    assert not is_close(left(Image.open(io.BytesIO(data))), (0, 255, 0), 40)
    _, image = await convert(data)
    assert is_close(left(image), (0, 255, 0), 8)


async def test_a_broken_colour_profile_does_not_cost_the_picture(convert):
    _, image = await convert(samples.with_broken_profile())
    assert is_close(left(image), GREEN)


async def test_of_ten_thousand_frames_the_first_is_taken(convert):
    _, image = await convert(samples.many_frames(10_000))
    assert image.size == (64, 64)
    assert is_close(left(image), GREEN)


async def test_what_hangs_on_a_picture_is_cut_off(convert, tmp_path):
    _, image = await convert(samples.jpeg() + b"<html><script>alert(1)</script>" + b"PK\x03\x04")
    assert is_close(left(image), RED)
    assert b"<script>" not in (tmp_path / "target.jpg").read_bytes()


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
async def test_a_picture_of_fifty_million_pixels_works(convert, kind):
    _, image = await convert(encode(Image.new("RGB", (8160, 6144), GREEN), kind))
    assert image.size == (1434, 1080)


async def test_the_quality_yields_until_the_file_fits(convert):
    data = encode(samples.noisy(1200, 900), "JPEG", quality=95)
    full, _ = await convert(data)
    smaller, _ = await convert(data, max_bytes=full["size"] // 2)
    assert smaller["size"] <= full["size"] // 2
    refused, _ = await convert(data, max_bytes=10_000)
    assert refused["refused"] == "image_too_large"


@pytest.mark.parametrize(
    ("data", "code", "word"),
    [
        (samples.SVG, "image_kind", "SVG"),
        (b"\xef\xbb\xbf  " + samples.SVG, "image_kind", "SVG"),
        (samples.EPS, "image_kind", "PostScript"),
        (b"\xc5\xd0\xd3\xc6" + samples.EPS, "image_kind", "PostScript"),
        (b"%PDF-1.7\n", "image_kind", "PDF"),
        (samples.HTML, "image_is_page", "web page"),
        (b'{"error": "not found"}', "image_kind", "no picture"),
        (b"", "image_kind", "no picture"),
        (b"\x00", "image_kind", "no picture"),
        (b"BM" + b"\x00" * 100, "image_kind", "BMP"),
        (b"II*\x00" + b"\x00" * 100, "image_kind", "TIFF"),
        (b"\x00\x00\x00\x20ftypisom" + b"\x00" * 100, "image_kind", "video"),
        (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "image_kind", "JPEG XL"),
        (b"PK\x03\x04" + samples.jpeg(), "image_kind", "ZIP"),
    ],
)
async def test_what_is_no_picture_for_a_post_is_named(convert, data, code, word):
    answer, _ = await convert(data)
    assert answer["refused"] == code
    assert word in str(read(answer["why"]))


@pytest.mark.parametrize(
    "data",
    [
        samples.jpeg()[: len(samples.jpeg()) // 2],
        samples.jpeg()[:300],
        encode(samples.noisy(400, 300), "JPEG", progressive=True)[:-5000],
        encode(photo(), "PNG")[:-300],
        encode(photo(), "WEBP")[:-300],
        encode(photo(), "GIF")[:2000],
        encode(photo(), "HEIF")[:-300],
        encode(photo(), "AVIF")[:-300],
        b"\xff\xd8\xff\xe0<html><script>alert(1)</script>",
        b"\x89PNG\r\n\x1a\n<?php system($_GET['x']);",
        b"GIF89a/*<script>*/=1;",
        b"RIFF\x00\x00\x00\x00WEBPVP8 nonsense",
        b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00heicmif1 nonsense",
        b"\x00\x00\x00\x18ftypavif\x00\x00\x00\x00avifmif1 nonsense",
    ],
    ids=range(14),
)
async def test_a_truncated_or_false_picture_is_refused(convert, data):
    answer, _ = await convert(data)
    assert answer["refused"] == "image_damaged"


NOISE = samples.noisy(1200, 900)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_blocks": 4}, {"subsampling": 0}])
async def test_a_jpeg_that_lacks_only_its_end_is_used_and_one_that_ends_before_is_not(convert, options):
    data = encode(NOISE, "JPEG", quality=85, **options)
    whole = data.removesuffix(b"\xff\xd9")
    assert len(whole) == len(data) - 2
    for used in (whole, whole + b"\xff", data + b"\0" * 100, whole + b"\0" * 20 + b"\xff\xd9", data + samples.jpeg()):
        _, image = await convert(used)
        assert image is not None
    for cut in (data[: len(data) // 2], data[: len(data) // 3], data[: len(data) * 9 // 10]):
        for end in (b"", b"\xff\xd9", b"\0" * 100 + b"\xff\xd9", b"\xff\xd9" + b"\0" * 100):
            answer, _ = await convert(cut + end)
            assert answer["refused"] == "image_damaged"


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_blocks": 4}])
async def test_a_jpeg_with_broken_data_is_refused(convert, options):
    data = bytearray(encode(NOISE, "JPEG", quality=85, **options))
    data[len(data) // 3 : len(data) // 3 + 4096] = b"\x12\xff\xe0\x34" * 1024
    answer, _ = await convert(bytes(data))
    assert answer["refused"] == "image_damaged"


def whole_and_cut(data: bytes, end: bytes) -> tuple[list[bytes], list[bytes]]:
    """What hangs on a whole picture, and what is left of one: as it is, and with an end put to it."""
    size = len(data)
    whole = [data, data + b"\0" * 1000, data + bytes(range(256)), data + end, data + data]
    parts = [data[:-40], data[:-300], data[: size * 99 // 100], data[: size * 9 // 10], data[: size // 2], data[:300]]
    return whole, parts + [part + end for part in parts[2:]]


@pytest.mark.parametrize(
    ("kind", "options", "end"),
    [
        ("WEBP", {}, b"\0"),
        ("WEBP", {"lossless": True}, b"\0"),
        ("WEBP", {"exif": samples.exif(1)}, b"\0"),
        ("WEBP", {"save_all": True, "append_images": [photo(300, 200)]}, b"\0"),
        ("GIF", {}, b"\0;"),
        ("GIF", {"interlace": 1}, b"\0;"),
        ("AVIF", {}, b"\0\0\0\x08free"),
        ("AVIF", {"exif": samples.exif(1)}, b"\0\0\0\x08free"),
        ("HEIF", {}, b"\0\0\0\x08free"),
        ("HEIF", {"exif": samples.exif(1)}, b"\0\0\0\x08free"),
        ("PNG", {}, b"\0\0\0\0IEND\xaeB`\x82"),
    ],
)
async def test_a_whole_picture_is_used_whatever_hangs_on_it_and_a_part_is_refused(convert, kind, options, end):
    data = encode(NOISE.crop((0, 0, 300, 200)), kind, **options)
    whole, parts = whole_and_cut(data, end)
    for used in whole:
        _, image = await convert(used)
        assert image is not None
    for part in parts:
        answer, image = await convert(part)
        assert (image, answer["refused"]) == (None, "image_damaged")


@pytest.mark.parametrize("end", [b"", b"\0", b"\0;", b"\0" * 5000, b"\0" * 5000 + b";", b"\0!\xfe\x02hi\0;"])
async def test_a_gif_whose_first_frame_ends_early_is_refused(convert, end):
    data = encode(NOISE.crop((0, 0, 300, 200)), "GIF")
    for share in (10, 50, 90, 99):
        answer, _ = await convert(data[: len(data) * share // 100] + end)
        assert answer["refused"] == "image_damaged"
    moving = encode(photo(300, 200), "GIF", save_all=True, append_images=[NOISE.crop((0, 0, 300, 200))])
    _, image = await convert(moving[: len(moving) // 2] + end)
    assert is_close(left(image), RED)


@pytest.mark.parametrize("options", [{"progressive": True}, {"restart_marker_blocks": 4}, {}])
async def test_a_single_flipped_bit_gives_a_picture_or_a_refusal_and_no_grey(convert, options):
    """In a scan without restarts most of them go unseen: a JPEG carries no sum of its data."""
    data = encode(NOISE.crop((0, 0, 300, 200)), "JPEG", quality=85, **options)
    start, seen = data.index(b"\xff\xda") + 14, 0
    for number in range(24):
        flipped = bytearray(data)
        flipped[start + (len(data) - start - 2) * number // 24] ^= 1 << number % 8
        answer, image = await convert(bytes(flipped))
        assert (image is None) == (answer.get("refused") == "image_damaged")
        seen += image is None
    assert seen >= (1 if options else 0)


async def test_padding_before_the_end_of_a_jpeg_is_told_from_data_that_came_out_wrong(convert):
    data = encode(NOISE, "JPEG", quality=85, progressive=True).removesuffix(b"\xff\xd9")
    for padding in (b"\0" * 4000, b"\xff" * 400, b"odd but short"):
        _, image = await convert(data + padding + b"\xff\xd9")
        assert image is not None
    answer, _ = await convert(data + data[-4000:].replace(b"\xff", b"\x12") + b"\xff\xd9")
    assert answer["refused"] == "image_damaged"


@pytest.mark.parametrize("is_progressive", [False, True])
async def test_a_jpeg_of_200_million_pixels_works(convert, tmp_path, is_progressive):
    file = tmp_path / "phone.jpg"
    pyvips.Image.black(16320, 12240, bands=3).copy(interpretation="srgb").jpegsave(str(file), interlace=is_progressive)
    _, image = await convert(file.read_bytes())
    assert image.size == (1440, 1080)


async def test_a_progressive_jpeg_that_does_not_fit_into_memory_is_refused_with_its_own_limit(convert, tmp_path):
    file = tmp_path / "large.jpg"
    picture = pyvips.Image.black(12000, 9000, bands=3).copy(interpretation="srgb")
    picture.jpegsave(str(file), interlace=True, subsample_mode="off")
    answer, _ = await convert(file.read_bytes())
    assert str(read(answer["why"])) == "the picture has more than 106 million pixels; save a smaller one"


async def test_a_picture_bomb_is_refused_before_it_is_unpacked(convert):
    answer, _ = await convert(samples.bomb(50_000))
    assert answer["refused"] == "image_too_many_pixels"
    answer, _ = await convert(encode(Image.new("1", (9000, 9000)), "PNG"))
    assert answer["refused"] == "image_too_many_pixels"


async def test_a_picture_that_lies_about_its_size_does_no_harm(convert):
    _, image = await convert(samples.lying_about_size())
    assert image.size == (100, 100)


@pytest.mark.parametrize(
    ("size", "code"),
    [
        ((1, 1), "image_too_small"),
        ((31, 400), "image_too_small"),
        ((5000, 40), "image_too_narrow"),
        ((40, 5000), "image_too_narrow"),
    ],
)
async def test_pixels_and_stripes_are_refused(convert, size, code):
    answer, _ = await convert(encode(Image.new("RGB", size), "PNG"))
    assert answer["refused"] == code


async def test_the_child_lives_on_through_the_whole_corpus(convert, pool, tmp_path):
    pool.close()  # a child retires after its hundredth task, which may be one of these
    await convert(samples.jpeg())
    pids = set(pool.pids)
    for data in (samples.bomb(20_000), samples.EPS, samples.jpeg()[:500], samples.HTML, encode(photo(), "HEIF")[:-300]):
        await convert(data)
    assert set(pool.pids) == pids
    with pytest.raises(TaskError):
        await pool.run(source=str(tmp_path / "missing"), target=str(tmp_path / "x.jpg"))
    _, image = await convert(samples.jpeg())
    assert image is not None


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xff\xd8\xff\xdb", ImageKind.jpeg),
        (b"\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00mif1heic", ImageKind.heic),
        (b"\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00mif1avif", ImageKind.avif),
        (b"\x00\x00\x00\x14ftypheix\x00\x00\x00\x00mif1", ImageKind.heic),
    ],
)
def test_kinds_are_told_by_their_first_bytes(head, kind):
    assert sniff(head) is kind


@pytest.mark.parametrize("head", [b"\xff\xd8", b"RIFF\x00\x00\x00\x00AVI ", b"\x00\x00\x00\x00ftyp", b"ftyp"])
def test_other_bytes_are_no_kind(head):
    with pytest.raises(Unusable):
        sniff(head)
