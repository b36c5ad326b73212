"""Files: written as streams, all or nothing, found by id and owner only."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tasks.files.errors import FileNotFound, FileTooLarge, InvalidStorageUrl
from tasks.files.owner_files import OwnerFiles
from tasks.files.reference import FileRef
from tasks.files.storage import FileStorage

pytestmark = pytest.mark.anyio

MIB = 1024**2


@pytest.fixture(params=["file", "memory"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> FileStorage:
    if request.param == "memory":
        return FileStorage("memory://")
    return FileStorage((tmp_path / "store").as_uri())


def folder_of(storage: FileStorage) -> Path:
    assert storage._folder is not None
    return storage._folder


async def store(storage: FileStorage, content: bytes, owner: str = "ada") -> FileRef:
    async with storage.writer(owner, "notes.txt", "text/plain") as writer:
        await writer.write(content)
    return writer.ref


async def content_of(pieces: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])


async def test_what_was_written_is_read_again(storage: FileStorage) -> None:
    content = bytes(range(256)) * 4096 * 11  # 11 MiB: more than one part and one piece

    async with storage.writer("ada", "film.mp4", "video/mp4") as writer:
        for start in range(0, len(content), 300_000):
            await writer.write(memoryview(content)[start : start + 300_000])

    assert await content_of(storage.read(writer.ref.id)) == content
    stored = await storage.stat(writer.ref.id)
    assert stored is not None
    assert (stored.owner, stored.name, stored.content_type) == ("ada", "film.mp4", "video/mp4")
    assert stored.ref == writer.ref
    assert stored.size_bytes == len(content)


async def test_pieces_are_bounded(storage: FileStorage) -> None:
    ref = await store(storage, bytes(3 * MIB + 5))

    assert [len(piece) async for piece in storage.read(ref.id)] == [MIB, MIB, MIB, 5]


async def test_empty_file_is_a_file(storage: FileStorage) -> None:
    ref = await store(storage, b"")

    assert await content_of(storage.read(ref.id)) == b""
    assert ref.size_bytes == 0


@pytest.mark.parametrize(
    ("byte_range", "expected"), [((2, 5), b"cde"), ((8, 99), b"ij"), ((10, 20), b""), ((5, 2), b"")]
)
async def test_range_gives_those_bytes(
    storage: FileStorage, byte_range: tuple[int, int], expected: bytes
) -> None:
    ref = await store(storage, b"abcdefghij")

    assert await content_of(storage.read(ref.id, byte_range)) == expected


async def test_failed_writer_leaves_nothing(tmp_path: Path) -> None:
    storage = FileStorage(tmp_path.as_uri())

    async def fail() -> None:
        async with storage.writer("ada", "half.bin") as writer:
            await writer.write(bytes(20 * MIB))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    assert list(tmp_path.iterdir()) == []


async def test_cancelled_writer_leaves_nothing(tmp_path: Path) -> None:
    storage = FileStorage(tmp_path.as_uri())
    written = asyncio.Event()

    async def write() -> None:
        async with storage.writer("ada", "half.bin") as writer:
            await writer.write(bytes(20 * MIB))
            written.set()
            await asyncio.Event().wait()

    async with asyncio.TaskGroup() as group:
        writing = group.create_task(write())
        await written.wait()
        assert list(tmp_path.iterdir()) != []
        writing.cancel()

    assert list(tmp_path.iterdir()) == []


async def test_too_large_a_file_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    storage = FileStorage(tmp_path.as_uri())

    async def write() -> None:
        async with storage.writer("ada", "large.bin", max_bytes=10 * MIB) as writer:
            await writer.write(bytes(10 * MIB))
            await writer.write(b"x")

    with pytest.raises(FileTooLarge) as caught:
        await write()

    assert caught.value.limit_bytes == 10 * MIB
    assert list(tmp_path.iterdir()) == []


async def test_reference_is_given_only_after_the_block(storage: FileStorage) -> None:
    async with storage.writer("ada", "notes.txt") as writer:
        with pytest.raises(RuntimeError, match="after the block"):
            _ = writer.ref


@pytest.mark.parametrize(
    "file_id", ["", "../../etc/passwd", "file_" + "0" * 32, "file_" + "0" * 31 + "/", "/etc/passwd"]
)
async def test_unknown_and_malformed_ids_are_not_found(storage: FileStorage, file_id: str) -> None:
    assert await storage.stat(file_id) is None
    assert not await storage.delete(file_id)
    with pytest.raises(FileNotFound):
        await content_of(storage.read(file_id))
    with pytest.raises(FileNotFound):
        async with storage.local_copy(file_id):
            pass


async def test_deleted_file_leaves_nothing(tmp_path: Path) -> None:
    storage = FileStorage(tmp_path.as_uri())
    ref = await store(storage, b"abc")

    assert await storage.delete(ref.id)

    assert list(tmp_path.iterdir()) == []


async def test_only_owner_and_admin_find_a_file(storage: FileStorage) -> None:
    ref = await store(storage, b"abc", owner="ada")

    assert await storage.stat_for(ref.id, "ada") is not None
    assert await storage.stat_for(ref.id, "eve") is None
    assert await storage.stat_for(ref.id, "eve", admin=True) is not None


async def test_files_of_others_do_not_exist_for_a_task(
    storage: FileStorage, tmp_path: Path
) -> None:
    ref = await store(storage, b"abc", owner="ada")
    files = OwnerFiles(storage, "eve")

    with pytest.raises(FileNotFound):
        await files.stat(ref)
    with pytest.raises(FileNotFound):
        await content_of(files.read(ref))
    with pytest.raises(FileNotFound):
        await files.download(ref, tmp_path / "copy")
    with pytest.raises(FileNotFound):
        await files.delete(ref.id)
    with pytest.raises(FileNotFound):
        async with files.local_copy(ref):
            pass
    assert not (tmp_path / "copy").exists()


async def test_task_uploads_and_downloads_its_owners_files(
    storage: FileStorage, tmp_path: Path
) -> None:
    files = OwnerFiles(storage, "ada")
    (tmp_path / "source").write_bytes(b"abc" * MIB * 4)

    ref = await files.upload(tmp_path / "source", name="a.bin")
    await files.download(ref, tmp_path / "copy")

    assert (tmp_path / "copy").read_bytes() == (tmp_path / "source").read_bytes()
    assert (await files.stat(ref)).owner == "ada"


async def test_local_copy_of_a_remote_file_is_private_and_removed() -> None:
    storage = FileStorage("memory://")
    ref = await store(storage, b"abc")

    async with storage.local_copy(ref.id) as path:
        assert path.read_bytes() == b"abc"
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700

    assert not path.parent.exists()


async def test_local_file_is_read_in_place(tmp_path: Path) -> None:
    storage = FileStorage(tmp_path.as_uri())
    ref = await store(storage, b"abc")

    async with storage.local_copy(ref.id) as path:
        assert path.parent == tmp_path

    assert path.read_bytes() == b"abc"


async def test_download_never_overwrites(storage: FileStorage, tmp_path: Path) -> None:
    ref = await store(storage, b"abc")
    (tmp_path / "taken").write_bytes(b"mine")

    with pytest.raises(FileExistsError):
        await storage.download(ref.id, tmp_path / "taken")

    assert (tmp_path / "taken").read_bytes() == b"mine"


async def test_failed_download_leaves_nothing(storage: FileStorage, tmp_path: Path) -> None:
    with pytest.raises(FileNotFound):
        await storage.download("file_" + "0" * 32, tmp_path / "copy")

    assert not (tmp_path / "copy").exists()


async def test_name_never_becomes_a_path(tmp_path: Path) -> None:
    storage = FileStorage((tmp_path / "store").as_uri())

    async with storage.writer("../eve", "../../etc/passwd\x00\r\n.png", "text/html\r\nX: y") as w:
        await w.write(b"abc")

    assert (w.ref.name, w.ref.content_type) == ("passwd.png", "application/octet-stream")
    names = {path.name for path in folder_of(storage).iterdir()}
    assert names == {w.ref.id, f"{w.ref.id}.json"}


async def test_folder_of_local_files_is_private(tmp_path: Path) -> None:
    storage = FileStorage((tmp_path / "deep" / "er").as_uri())

    assert stat.S_IMODE(folder_of(storage).stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "url", ["ftp://host/x", "https://example.org/x", "/var/files", "", "file://host/x", "file:x"]
)
def test_url_of_no_store_is_refused(url: str) -> None:
    with pytest.raises(InvalidStorageUrl):
        FileStorage(url)
