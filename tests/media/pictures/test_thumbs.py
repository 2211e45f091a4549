from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from app.media import store
from app.media.pictures.thumbs import SIZE, read_small


@pytest.mark.parametrize("size", [(1080, 1920), (1920, 1080), (1080, 1080), (64, 40)])
def test_small_picture_has_the_list_s_shape(tmp_path: Path, size: tuple[int, int]) -> None:
    small = read_small(_picture(tmp_path, size))
    image = Image.open(BytesIO(small))
    assert (image.format, image.size) == ("JPEG", SIZE)
    assert len(small) < 25_000


def test_small_picture_is_made_once(tmp_path: Path) -> None:
    picture = _picture(tmp_path, (1080, 1920))
    first = read_small(picture)
    picture.write_bytes(b"not read again")
    assert read_small(picture) == first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.jpg", "1.small"]


def test_middle_of_a_wide_picture_is_shown(tmp_path: Path) -> None:
    picture = tmp_path / "1.jpg"
    image = Image.new("RGB", (1920, 1080), (0, 0, 0))
    image.paste((255, 255, 255), (700, 0, 1220, 1080))
    image.save(picture)
    shown = Image.open(BytesIO(read_small(picture))).convert("L")
    assert shown.getpixel((SIZE[0] // 2, SIZE[1] // 2)) == 255
    assert shown.getpixel((2, SIZE[1] // 2)) == 0


def test_disk_that_takes_nothing_costs_no_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = _picture(tmp_path, (1080, 1920))
    # What mkstemp raises on a full or read-only disk; root, as whom tests may run, may write into any folder.
    monkeypatch.setattr("app.media.pictures.thumbs.tempfile.mkstemp", _refuse)
    assert Image.open(BytesIO(read_small(picture))).size == SIZE
    assert not picture.with_suffix(".small").exists()


@pytest.mark.parametrize("content", [None, b"", b"\xff\xd8\xff\xe0 broken"])
def test_picture_that_is_gone_or_damaged_is_an_error(tmp_path: Path, content: bytes | None) -> None:
    picture = tmp_path / "1.jpg"
    if content is not None:
        picture.write_bytes(content)
    with pytest.raises(OSError, match=r"."):
        read_small(picture)
    assert not picture.with_suffix(".small").exists()


def test_small_picture_belongs_to_its_asset_for_the_sweep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "aa"
    folder.mkdir()
    read_small(_picture(folder, (1080, 1920)))
    monkeypatch.setattr(store, "ORPHAN_SECONDS", -60.0)
    assert [set(files) for files in store.list_old_files(tmp_path)] == [{"1"}]
    assert sorted(path.suffix for files in store.list_old_files(tmp_path) for path in files["1"]) == [".jpg", ".small"]


def _refuse(**_arguments: object) -> None:
    raise OSError(28, "No space left on device")


def _picture(folder: Path, size: tuple[int, int]) -> Path:
    picture = folder / "1.jpg"
    Image.effect_noise(size, 60).convert("RGB").save(picture, quality=90)
    return picture
