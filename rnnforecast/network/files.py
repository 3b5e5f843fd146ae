"""Models on disk: one `.npz` of arrays and a JSON header, and no pickle anywhere.

The file is an ordinary uncompressed `.npz`, so `numpy.load` opens it as well. The member `header` is a uint8 array of
UTF-8 JSON: ``{"format": "rnnforecast", "version": 1, "kind": "RNNRegressor", "library": "0.1.0", "arrays": {...}}`` and
what the caller adds; `arrays` tells the shape and dtype that every other member must have. The numbers of each array
begin at a multiple of 64 bytes, so that they can be mapped into memory. The same content gives the same bytes.
"""

import contextlib
import io
import json
import math
import os
import re
import struct
import uuid
import zipfile
import zlib

import numpy as np

from .. import __version__

FORMAT, VERSION = "rnnforecast", 1
RESERVED = ("format", "version", "library", "arrays")
ARRAY_KINDS = "biufcUSMm"  # plain numbers, text and times; no objects, which would be pickled
ALIGNMENT = 64
PADDING_ID = 0xD935  # the extra field that zipalign uses

_DAMAGE = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError, OverflowError,
    IndexError, MemoryError,
)  # fmt: skip
_NPY_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def write_archive(path, header, arrays):
    """Write a header and arrays to one file, all or nothing.

    Parameters
    ----------
    path : str or path-like
        Taken exactly as it is; no suffix is added. A file of that name is replaced in one step after all has been
        written beside it, so that readers see the old file or the new one and never a part. The folder must exist.
    header : dict
        JSON values, with the key "kind"; "format", "version", "library" and "arrays" are filled in here. Parameters
        of an estimator go through `json_values.encode` first.
    arrays : dict of str to ndarray
        Numbers, text or times; object arrays are refused.
    """
    path = os.path.realpath(os.fspath(path))  # through a link, whose target is what should be replaced
    if os.path.isdir(path):
        raise IsADirectoryError(f"path={path!r} is a folder; give the name of a file")
    if not os.path.isdir(os.path.dirname(path)):
        raise FileNotFoundError(f"the folder of path={path!r} does not exist")
    arrays = {name: _storable(name, array) for name, array in arrays.items()}
    text = json.dumps(_full_header(header, arrays), ensure_ascii=False, allow_nan=False)
    members = {"header": np.frombuffer(text.encode(), np.uint8), **arrays}
    temporary = f"{path}.{uuid.uuid4().hex[:8]}.tmp"
    try:
        with open(temporary, "xb") as file:
            with zipfile.ZipFile(file, "w") as archive:
                for name, array in members.items():
                    _write_member(archive, file.tell(), name, array)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.remove(temporary)


def _full_header(header, arrays):
    clash = sorted(set(RESERVED) & header.keys())
    if clash:
        raise ValueError(f"the header's {', '.join(clash)} cannot be given; write_archive fills them in")
    if not isinstance(header.get("kind"), str):
        raise ValueError(f"the header needs a str under 'kind'; got {header.get('kind')!r}")
    table = {name: {"shape": list(array.shape), "dtype": array.dtype.str} for name, array in arrays.items()}
    return {"format": FORMAT, "version": VERSION, "library": __version__, **header, "arrays": table}


def _storable(name, array):
    if not isinstance(name, str) or not re.fullmatch(r"\w[\w.-]*", name, re.ASCII) or name == "header":
        raise ValueError(f"{name!r} cannot be the name of an array; use letters, digits and _ . - (and not 'header')")
    array = np.asarray(array)
    if array.dtype.kind not in ARRAY_KINDS:
        raise TypeError(f"the array {name!r} has dtype {array.dtype}; a file holds numbers, text and times only")
    return array


def _write_member(archive, at, name, array):
    """Write one array, its numbers at a multiple of ALIGNMENT; `at` is where the file ends."""
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.asarray(array, order="C"), allow_pickle=False)
    info = zipfile.ZipInfo(f"{name}.npy")  # dated 1980, so that the bytes do not depend on the time
    padding = -(at + zipfile.sizeFileHeader + len(info.filename) + 4) % ALIGNMENT  # npy headers are multiples of 64
    info.extra = struct.pack("<HH", PADDING_ID, padding) + bytes(padding)
    archive.writestr(info, buffer.getbuffer())


def read_archive(path, *, kind=None, mmap_mode=None):
    """Read what `write_archive` wrote, and check all of it.

    Parameters
    ----------
    path : str or path-like
    kind : str, collection of str or None
        The kinds that the caller can use; None for any.
    mmap_mode : {None, "r", "c"}
        None reads the arrays into memory. "r" maps them read-only, so that processes share the memory; "c" maps them
        copy-on-write. The checksums are verified in either case.

    Returns
    -------
    header : dict
    arrays : dict of str to ndarray

    Raises
    ------
    FileNotFoundError, IsADirectoryError
        There is no file of that name.
    ValueError
        The file is foreign, damaged, cut short, of a newer format or of another kind; the message says which.
    """
    if mmap_mode not in (None, "r", "c"):
        raise ValueError(f"mmap_mode={mmap_mode!r} must be None, 'r' or 'c'")
    path = os.fspath(path)
    if os.path.isdir(path):
        raise IsADirectoryError(f"path={path!r} is a folder, not a file")
    with open(path, "rb") as file:
        archive = _open(path, file)
        infos = _members(path, archive)
        if "header" not in infos:
            raise ValueError(f"{path} is an archive without a header, so it was not written by rnnforecast")
        header = _read_header(path, _read_member(path, archive, infos.pop("header"))[0], kind)
        table = header["arrays"]
        for name in table.keys() ^ infos.keys():
            where = "is missing" if name in table else "is not in its header"
            raise ValueError(f"{path} is damaged: the array {name!r} {where}")
        arrays = {}
        for name, told in table.items():
            array, offset = _read_member(path, archive, infos[name])
            if {"shape": list(array.shape), "dtype": array.dtype.str} != told:
                raise ValueError(
                    f"{path} is damaged: the array {name!r} has shape {list(array.shape)} and dtype "
                    f"{array.dtype.str}, and its header says {told}"
                )
            if mmap_mode is not None and offset is not None and array.size:
                array = np.memmap(path, array.dtype, mmap_mode, offset, array.shape)
            arrays[name] = array
    return header, arrays


def _open(path, file):
    """The zip archive in the file."""
    start = file.read(4)
    if start != b"PK\x03\x04":
        found = f"it begins with {start!r}" if start else "it is empty"
        raise ValueError(f"{path} is not an .npz archive: {found}")
    try:
        return zipfile.ZipFile(file)
    except _DAMAGE as error:
        raise ValueError(f"{path} is damaged or cut short: its table of contents cannot be read ({error})") from error


def _members(path, archive):
    """The archive's members by the names of their arrays."""
    infos = {}
    for info in archive.infolist():
        name = info.filename.removesuffix(".npy")
        if name == info.filename or name in infos:
            reason = "twice in it" if name in infos else "not an array"
            raise ValueError(f"{path} was not written by rnnforecast, or is damaged: {info.filename!r} is {reason}")
        infos[name] = info
    return infos


def _read_member(path, archive, info):
    """(array, where its numbers begin in the file), or None for the place if they are compressed."""
    try:
        content = archive.read(info)  # checks the checksum
        buffer = io.BytesIO(content)
        shape, fortran_order, dtype = _NPY_HEADERS[np.lib.format.read_magic(buffer)](buffer)
        if dtype.kind not in ARRAY_KINDS:
            raise ValueError(f"its dtype is {dtype}, and only numbers, text and times are read")
        count, start = math.prod(shape), buffer.tell()
        if min(shape, default=0) < 0 or count * dtype.itemsize != len(content) - start or fortran_order:
            raise ValueError(f"{len(content) - start} bytes do not make an array of shape {shape} and dtype {dtype}")
        array = np.frombuffer(content, dtype, count, start) if dtype.itemsize and count else np.empty(shape, dtype)
        array = array.reshape(shape).copy()
    except (*_DAMAGE, KeyError, TypeError) as error:
        raise ValueError(f"{path} is damaged: {info.filename!r} cannot be read ({error})") from error
    if info.compress_type != zipfile.ZIP_STORED:
        return array, None
    archive.fp.seek(info.header_offset + zipfile.sizeFileHeader - 4)
    name_length, extra_length = struct.unpack("<HH", archive.fp.read(4))
    return array, info.header_offset + zipfile.sizeFileHeader + name_length + extra_length + start


def _read_header(path, array, kind):
    """The JSON header, checked."""
    if array.dtype != np.uint8 or array.ndim != 1:
        raise ValueError(f"{path} was not written by rnnforecast: its header is not a line of bytes")
    try:
        header = json.loads(array.tobytes().decode())
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is damaged: its header is not JSON ({error})") from error
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise ValueError(f"{path} was not written by rnnforecast: its header does not say 'format': {FORMAT!r}")
    version = header.get("version")
    if type(version) is not int or version < 1:
        raise ValueError(f"{path} is damaged: version={version!r} of the format should be an int from 1 on")
    if version > VERSION:
        raise ValueError(
            f"{path} has version {version} of the format, written by rnnforecast {header.get('library')}; "
            f"rnnforecast {__version__} reads versions up to {VERSION}: install a newer one"
        )
    kinds = {kind} if isinstance(kind, str) else kind
    if not isinstance(header.get("kind"), str) or (kinds is not None and header["kind"] not in kinds):
        wanted = "a known kind" if kinds is None else " or ".join(sorted(kinds))
        raise ValueError(f"{path} holds kind={header.get('kind')!r}; {wanted} is needed")
    if not isinstance(header.get("arrays"), dict):
        raise ValueError(f"{path} is damaged: its header has no table of arrays")
    return header


def check_array(path, arrays, name, *, shape=None, kinds="f"):
    """The array of that name, if it has this shape (None in it for any length) and a dtype of one of these kinds."""
    if name not in arrays:
        raise ValueError(f"{path} is damaged: the array {name!r} is missing")
    array = arrays[name]
    fits = shape is None or (
        len(shape) == array.ndim and all(n in (None, m) for n, m in zip(shape, array.shape, strict=True))
    )
    if not fits or array.dtype.kind not in kinds:
        needed = f"{'any shape' if shape is None else f'shape {shape}'} and a dtype of kind {' or '.join(kinds)}"
        raise ValueError(
            f"{path} is damaged: the array {name!r} has shape {array.shape} and dtype {array.dtype}; {needed} is needed"
        )
    return array
