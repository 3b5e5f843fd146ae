import io
import json
import math
import os
import pickle
import stat
import zipfile
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from rnnforecast import __version__
from rnnforecast.network.files import check_array, read_archive, write_archive

HEADER = {"kind": "RNNRegressor", "params": {"hidden_size": 32, "name": "größe"}}


def make_arrays():
    rng = np.random.default_rng(0)
    return {
        "theta": rng.normal(size=37).astype(np.float32),
        "layer0.W": rng.normal(size=(2, 3)),
        "classes": np.array(["a", "bc"]),
        "times": np.array(["2020-01-01"], "datetime64[ns]"),
        "swapped": np.arange(3, dtype=">i4"),
        "empty": np.empty((0, 4)),
        "scalar": np.array(3),
        "fortran": np.asfortranarray(rng.normal(size=(3, 2))),
    }


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "model.npz"
    write_archive(path, HEADER, make_arrays())
    return path


def rewrite(path, header=None, drop=(), members=None, **more):
    """Write an archive as someone else would, from the text of its header and any members."""
    with np.load(path) as old:
        content = {name: old[name] for name in old.files if name not in drop}
    if header is not None:
        text = header if isinstance(header, bytes) else json.dumps(header).encode()
        content["header"] = np.frombuffer(text, np.uint8)
    np.savez(path, **(content | (members or {}) | more))


def header_of(path):
    with np.load(path) as archive:
        return json.loads(archive["header"].tobytes())


def assert_same(arrays, expected):
    assert list(arrays) == list(expected)
    for name, array in expected.items():
        assert arrays[name].dtype == array.dtype
        assert_array_equal(arrays[name], array)
        assert arrays[name].shape == array.shape


# ---- what is written is read -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [None, "RNNRegressor", ("RNNClassifier", "RNNRegressor")])
def test_round_trip(path, kind):
    header, arrays = read_archive(path, kind=kind)
    assert header["format"] == "rnnforecast"
    assert header["version"] == 1
    assert header["library"] == __version__
    assert {key: header[key] for key in HEADER} == HEADER
    assert_same(arrays, make_arrays())
    assert all(array.flags.writeable and array.flags.aligned for array in arrays.values())


@pytest.mark.parametrize("mode", ["r", "c"])
def test_memory_maps(path, mode):
    before = path.read_bytes()
    _, arrays = read_archive(path, mmap_mode=mode)
    assert_same(arrays, make_arrays())
    assert isinstance(arrays["theta"], np.memmap)
    assert all(array.ctypes.data % 64 == 0 for array in arrays.values() if array.size)
    assert arrays["theta"].flags.writeable == (mode == "c")
    if mode == "c":
        arrays["theta"][:] = 0
    del arrays
    assert path.read_bytes() == before


def test_compressed_archives_are_read_but_not_mapped(path):
    with np.load(path) as archive:
        content = dict(archive)
    np.savez_compressed(path, **content)
    _, arrays = read_archive(path, mmap_mode="r")
    assert_same({name: arrays[name] for name in make_arrays()}, make_arrays())
    assert not isinstance(arrays["theta"], np.memmap)


def test_mmap_mode_is_checked(path):
    with pytest.raises(ValueError, match=r"mmap_mode='r[+]'"):
        read_archive(path, mmap_mode="r+")


def test_same_content_gives_the_same_bytes(path, tmp_path):
    write_archive(tmp_path / "again", HEADER, make_arrays())
    assert (tmp_path / "again").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("name", ["model", "model.rnn", "model.v1", "größe 1.npz"])
def test_the_path_is_kept_exactly(tmp_path, name):
    write_archive(str(tmp_path / name), HEADER, {})
    assert os.listdir(tmp_path) == [name]
    assert read_archive(str(tmp_path / name))[1] == {}


def test_relative_paths(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_archive("model", HEADER, make_arrays())
    assert_same(read_archive("model")[1], make_arrays())


def test_a_link_stays_a_link(path, tmp_path):
    link = tmp_path / "latest"
    link.symlink_to(path.name)
    write_archive(link, {"kind": "other"}, {})
    assert link.is_symlink()
    assert read_archive(path)[0]["kind"] == "other"


def test_permissions_follow_the_umask(path, tmp_path):
    (tmp_path / "plain").touch()
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)


# ---- writing is all or nothing ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["os.fsync", "os.replace", "zipfile.ZipFile.writestr"])
@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_a_failed_write_leaves_the_old_file(path, monkeypatch, place, error):
    before = path.read_bytes()

    def fail(*arguments):
        raise error("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(place, fail)
        with pytest.raises(error):
            write_archive(path, HEADER, {})
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == [path.name]


def test_places_that_cannot_be_written(tmp_path):
    with pytest.raises(IsADirectoryError, match="is a folder"):
        write_archive(tmp_path, HEADER, {})
    with pytest.raises(FileNotFoundError, match=r"the folder of path=.*model"):
        write_archive(tmp_path / "none" / "model", HEADER, {})
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    "header, arrays, error, message",
    [
        ({}, {}, ValueError, "needs a str under 'kind'; got None"),
        ({"kind": "a", "version": 2}, {}, ValueError, "version cannot be given"),
        ({"kind": "a", "x": math.nan}, {}, ValueError, "not JSON compliant"),
        ({"kind": "a", "x": object()}, {}, TypeError, "not JSON serializable"),
        (HEADER, {"header": np.zeros(1)}, ValueError, "'header' cannot be the name"),
        (HEADER, {"../up": np.zeros(1)}, ValueError, "cannot be the name"),
        (HEADER, {"a": np.array([None])}, TypeError, "the array 'a' has dtype object"),
        (HEADER, {"a": np.zeros(1, "f4,i4")}, TypeError, "the array 'a' has dtype"),
    ],
)
def test_what_cannot_be_written(tmp_path, header, arrays, error, message):
    with pytest.raises(error, match=message):
        write_archive(tmp_path / "model", header, arrays)
    assert os.listdir(tmp_path) == []


# ---- bad files -------------------------------------------------------------------------------------------------------


def test_no_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"model\.npz"):
        read_archive(tmp_path / "model.npz")
    with pytest.raises(IsADirectoryError, match="is a folder"):
        read_archive(tmp_path)


def test_every_truncation_is_noticed(path):
    content = path.read_bytes()
    for length in [*range(200), *range(200, len(content), 7), len(content) - 1]:
        path.write_bytes(content[:length])
        with pytest.raises(ValueError, match=r"model\.npz (is not an|is damaged)"):
            read_archive(path)


@pytest.mark.parametrize("mode", [None, "r"])
@pytest.mark.parametrize("change", [0x01, 0x80, 0xFF])
def test_a_flipped_byte_is_noticed_or_harmless(path, change, mode):
    content, expected = path.read_bytes(), make_arrays()
    noticed = 0
    for place in range(0, len(content), 3):
        damaged = bytearray(content)
        damaged[place] ^= change
        path.write_bytes(damaged)
        try:
            header, arrays = read_archive(path, mmap_mode=mode)
        except ValueError as error:
            noticed += 1
            assert "model.npz" in str(error)  # noqa: PT017
        else:  # a date, a padding
            assert header["params"] == HEADER["params"]
            assert_same(arrays, expected)
    assert noticed > len(content) / 6


@pytest.mark.parametrize(
    "content, message",
    [
        (b"", "it is empty"),
        (pickle.dumps({"a": 1}), "is not an .npz archive: it begins with b"),
        (b"unique_id,ds,y\n", "is not an .npz archive"),
        (b"PK\x03\x04 and nothing else", "damaged or cut short"),
    ],
)
def test_foreign_files(path, content, message):
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_archive(path)


def test_foreign_archives(path):
    np.savez(path, a=np.zeros(3))
    with pytest.raises(ValueError, match="without a header"):
        read_archive(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<a/>")
    with pytest.raises(ValueError, match=r"'word/document.xml' is not an array"):
        read_archive(path)
    np.savez(path, header=np.zeros((2, 2)))
    with pytest.raises(ValueError, match="its header is not a line of bytes"):
        read_archive(path)


class Bomb:
    def __reduce__(self):
        return (Path.touch, (Path("exploded"),))


@pytest.mark.parametrize("name", ["header", "theta"])
def test_pickles_inside_are_refused(path, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rewrite(path, members={name: np.array([Bomb()], dtype=object)})
    with pytest.raises(ValueError, match=f"'{name}.npy' cannot be read .its dtype is object"):
        read_archive(path)
    assert not Path("exploded").exists()


@pytest.mark.parametrize(
    "content, message",
    [
        (b"{", "its header is not JSON"),
        (b"\xff\xfe", "its header is not JSON"),
        (b"[" * 100_000, "its header is not JSON"),
        (b"[]", "does not say 'format': 'rnnforecast'"),
        (b"{}", "does not say 'format': 'rnnforecast'"),
    ],
)
def test_bad_headers(path, content, message):
    rewrite(path, header=content)
    with pytest.raises(ValueError, match=message):
        read_archive(path)


@pytest.mark.parametrize(
    "change, message",
    [
        ({"format": "other"}, "does not say 'format'"),
        ({"version": 2, "library": "9.1"}, "version 2 of the format, written by rnnforecast 9.1; .*install a newer"),
        ({"version": 0}, "version=0"),
        ({"version": "1"}, "version='1'"),
        ({"version": None}, "version=None"),
        ({"kind": None}, "kind=None; a known kind is needed"),
        ({"kind": ["a"]}, "a known kind is needed"),
        ({"arrays": None}, "no table of arrays"),
        ({"arrays": {}}, "the array '.*' is not in its header"),
    ],
)
def test_bad_fields(path, change, message):
    rewrite(path, header=header_of(path) | change)
    with pytest.raises(ValueError, match=message):
        read_archive(path)


@pytest.mark.parametrize("kind", ["RNNClassifier", ("RNNClassifier", "RNNForecaster"), ()])
def test_other_kinds(path, kind):
    with pytest.raises(ValueError, match=r"holds kind='RNNRegressor'; .*is needed"):
        read_archive(path, kind=kind)


def test_arrays_must_be_as_the_header_says(path):
    content = path.read_bytes()
    rewrite(path, theta=np.zeros(36, np.float32))
    with pytest.raises(ValueError, match=r"'theta' has shape \[36\] and dtype <f4, and its header says"):
        read_archive(path)
    path.write_bytes(content)
    rewrite(path, theta=np.zeros(37))
    with pytest.raises(ValueError, match=r"'theta' has shape \[37\] and dtype <f8"):
        read_archive(path)
    path.write_bytes(content)
    rewrite(path, drop=["theta"])
    with pytest.raises(ValueError, match="the array 'theta' is missing"):
        read_archive(path)
    path.write_bytes(content)
    rewrite(path, more=np.zeros(1))
    with pytest.raises(ValueError, match="the array 'more' is not in its header"):
        read_archive(path)


def test_members_may_come_once(path):
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("theta.npy", b"")
    with pytest.raises(ValueError, match=r"'theta.npy' is twice in it"):
        read_archive(path)


def test_a_shape_larger_than_the_file(path):
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": "<f4", "fortran_order": False, "shape": (2**60, 2**60)})
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("header.npy", buffer.getvalue() + b"1234")
    with pytest.raises(ValueError, match="4 bytes do not make an array of shape"):
        read_archive(path)


def test_check_array():
    arrays = {"theta": np.zeros((3, 2), np.float32)}
    for shape in (None, (3, 2), (None, 2)):
        assert check_array("file", arrays, "theta", shape=shape) is arrays["theta"]
    with pytest.raises(ValueError, match=r"file is damaged: the array 'theta' has shape \(3, 2\)"):
        check_array("file", arrays, "theta", shape=(3,))
    with pytest.raises(ValueError, match="dtype of kind i or u is needed"):
        check_array("file", arrays, "theta", kinds="iu")
    with pytest.raises(ValueError, match="'mean' is missing"):
        check_array("file", arrays, "mean")
