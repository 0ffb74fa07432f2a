"""Recordings: what sounds and shows stays, bit for bit and in its place; tags, places, times and names go."""

import pytest
from common.files.copier import copied
from common.files.copying import Copies
from common.files.kinds import KINDS, FileKind, KindWatch, MediaKind, check_content, check_head
from common.files.media import mp3_copy, mp4_copy
from common.files.unfit import Unfit

from tests.support.recordings import box, mp3, mp4

MARKER = b"ZHANG-34.7466N"


def test_an_mp3_is_its_frames_alone():
    original = mp3(MARKER)
    copy = mp3_copy(original)
    assert MARKER in original
    assert MARKER not in copy
    assert len(copy) == 40 * 417
    assert copy in original


def test_an_mp3_without_frames_is_broken():
    for data in (b"ID3\x04\x00\x00\x00\x00\x00\x0a" + bytes(200), b"\xff\xfb\x90\x00", b"ID3", b"\xff\xfb\x90\x00" * 3):
        with pytest.raises(Unfit) as caught:
            mp3_copy(data)
        assert caught.value.code == "file-broken"


def test_an_mp4_keeps_its_samples_in_place_and_loses_the_rest():
    media = b"picture" * 50
    original = mp4(MARKER, media=media)
    copy = mp4_copy(original)
    assert original.count(MARKER) == 3
    assert MARKER not in copy
    assert b"+34" not in copy
    assert b"\xe2\x11\x22\x33" not in copy, "times of making"
    assert len(copy) == len(original), "tables of samples count from the first byte"
    assert copy.index(media) == original.index(media)
    assert mp4_copy(copy) == copy


def test_a_track_of_places_makes_no_copy():
    with pytest.raises(Unfit) as caught:
        mp4_copy(mp4(MARKER, handler=b"meta"))
    assert caught.value.code == "file-with-metadata-track"


@pytest.mark.parametrize(
    "data",
    [
        box(b"ftyp", b"mp42"),
        box(b"ftyp", b"mp42") + box(b"mdat", b"x"),
        mp4()[:-3],
        box(b"ftyp", b"mp42") + b"\x00\x00\x00\x04moov",
        box(b"ftyp", b"mp42") + b"\x00\x00\x00\x01moov" + bytes(8),
        box(b"ftyp", b"mp42") + b"\x00\x00\x00\x00" + b"moov" * 400,
    ],
)
def test_a_broken_mp4_is_refused_and_ends(data):
    with pytest.raises(Unfit) as caught:
        mp4_copy(data)
    assert caught.value.code == "file-broken"


def test_boxes_do_not_nest_for_ever():
    nested = b""
    for _ in range(3000):
        nested = box(b"moov", nested)
    with pytest.raises(Unfit):
        mp4_copy(box(b"ftyp", b"mp42") + box(b"mdat") + nested)


def test_recordings_are_told_by_their_first_bytes():
    check_content(MediaKind.MP3, mp3())
    check_content(MediaKind.MP4, mp4())
    for kind, data in (
        (MediaKind.MP3, mp4()),
        (MediaKind.MP4, mp3()),
        (MediaKind.MP4, mp4().replace(b"mp42", b"qt  ", 1)),
        (MediaKind.MP3, b"\xff\xd8\xff\xe0" + bytes(100)),
        (FileKind.JPG, b"\xff\xfb\x90\x00" + bytes(100)),
        (MediaKind.MP3, b"\xff\xfd\x90\x00" + bytes(100)),  # layer II
        (MediaKind.MP3, b"\xff\xfb\xf0\x00" + bytes(100)),
    ):
        with pytest.raises(Unfit) as caught:
            check_head(kind, data[:1024])
        assert caught.value.code == "file-type-mismatch"


def test_a_copier_takes_every_kind():
    assert set(KINDS) == {"pdf", "docx", "jpg", "png", "mp3", "mp4"}
    assert copied(MediaKind.MP3, mp3())[0] == 0
    assert copied(MediaKind.MP4, mp4())[0] == 0


def watched(kind, data, size):
    watch = KindWatch(kind)
    for at in range(0, len(data), size):
        watch.feed(data[at : at + size])
    watch.finish()


DOCX_LIKE = b"PK\x03\x04" + bytes(300) + b"word/document.xml" + bytes(300) + b"PK\x05\x06" + bytes(18)


@pytest.mark.parametrize("size", [16, 64, 1000, 1 << 20])
def test_a_kind_is_told_of_blocks_of_any_size(size):
    zipped = b"PK\x05\x06" + bytes(18)
    watched(FileKind.PDF, b"%PDF-1.7" + bytes(2000) + b"%%EOF\n", size)
    watched(FileKind.DOCX, DOCX_LIKE, size)
    watched(MediaKind.MP4, mp4(), size)
    for kind, data, code in (
        (FileKind.PDF, b"%PDF-1.7" + bytes(2000) + b"%%EOF\nmore", "file-of-two-kinds"),
        (FileKind.PDF, b"%PDF-1.7" + bytes(2000) + b"%%EOF" + zipped, "file-of-two-kinds"),
        (FileKind.PNG, b"\x89PNG\r\n\x1a\n" + bytes(200) + zipped, "file-of-two-kinds"),
        (FileKind.PNG, b"\x89PNG\r\n\x1a\n" + bytes(200) + b"%PDF-1.7" + bytes(900), "file-of-two-kinds"),
        (FileKind.DOCX, DOCX_LIKE + b"more", "file-of-two-kinds"),
        (FileKind.DOCX, DOCX_LIKE.replace(b"word/d", b"xl/boo"), "file-type-mismatch"),
        (FileKind.DOCX, b"MZ" + DOCX_LIKE, "file-type-mismatch"),
    ):
        with pytest.raises(Unfit) as caught:
            watched(kind, data, size)
        assert caught.value.code == code, (kind, data[:10])


def test_nothing_is_no_file():
    with pytest.raises(Unfit) as caught:
        watched(FileKind.PDF, b"", 10)
    assert caught.value.code == "file-empty"


async def test_a_copy_goes_by_in_blocks():
    copies, original = Copies(nice=5), mp3(MARKER, frames=4000)

    async def blocks():
        for at in range(0, len(original), 100_000):
            yield original[at : at + 100_000]

    async with copies.streamed(MediaKind.MP3, blocks()) as copy:
        sizes = [len(block) async for block in copy.blocks(1 << 19)]
    assert sizes == [1 << 19, 1 << 19, 1 << 19, 4000 * 417 - 3 * (1 << 19)]
    assert copy.pages is None


async def test_an_original_that_breaks_off_makes_no_copy_and_says_its_own_reason():
    async def blocks():
        yield mp3()
        raise LookupError("the next block is gone")

    with pytest.raises(LookupError):
        async with Copies().streamed(MediaKind.MP3, blocks()):
            raise AssertionError


async def test_what_is_of_another_kind_or_of_two_is_refused_in_the_cell():
    for kind, data, code in (
        (MediaKind.MP3, b"GIF89a" + bytes(500), "file-type-mismatch"),
        (FileKind.PNG, b"\x89PNG\r\n\x1a\n" + bytes(200) + b"PK\x05\x06" + bytes(18), "file-of-two-kinds"),
    ):
        with pytest.raises(Unfit) as caught:
            await Copies().make(kind, data)
        assert caught.value.code == code
