"""A file's text, in whatever encoding -> UTF-8, block by block: reading a file does not take its size in memory."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from kleuterlink.errors import InputError

_BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_HIGH = re.compile(rb"[\x80-\xff]")
_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_SEQUENCE_OR_HIGH = re.compile(_SEQUENCE.pattern + b"|" + _HIGH.pattern)
_WINDOWS_ALONE = re.compile(rb"[\x80-\x9f]")
_NOT_WINDOWS = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_SAMPLE = 1 << 16
_BLOCK = 1 << 20  # stays in the processor's cache while it is looked at and decoded

Blocks = Iterator[bytes]


@dataclass(frozen=True)
class FileText:
    """The text of a file.

    Attributes
    ----------
    stream
        The file's bytes.
    start
        Where the text begins in it.
    decode
        From blocks of its bytes to blocks of UTF-8.
    quoted
        Whether there may be a quotation mark anywhere.
    notes
        What there is to say of how it was read.

    """

    stream: BinaryIO
    start: int
    decode: Callable[[Blocks], Blocks]
    quoted: bool
    notes: tuple[str, ...] = ()

    def blocks(self) -> Blocks:
        """Read the text from its beginning; no block is empty."""
        yield from filter(None, self.decode(_blocks(self.stream, self.start)))


def open_text(stream: BinaryIO, label: str, encoding: str | None) -> FileText:
    """Find out how a text is encoded, and whether all of it is.

    Parameters
    ----------
    stream
        The file's bytes.
    label
        What messages call it.
    encoding
        As configured; None to find out.

    Returns
    -------
    FileText
        The text, to be read as often as need be.

    Raises
    ------
    InputError
        There is no such encoding, or the text cannot be decoded; the message says what to do.

    """
    stream.seek(0)
    sample, start = stream.read(_SAMPLE), 0
    stated = encoding
    if stated is None:
        start, stated = next(((len(mark), name) for mark, name in _BYTE_ORDER_MARKS if sample.startswith(mark)), (0, None))
    if stated is None and b"\x00" in sample:
        stated = _utf16(sample, label)
    if stated is None:
        return _undeclared(stream)
    try:
        b"".decode(stated)  # not every codec is one of texts
        utf8 = start > 0 and stated == "utf-8"
        decode: Callable[[Blocks], Blocks] = _checked if utf8 else partial(_decoded, encoding=stated)
        quoted = _holds_quote(decode(_blocks(stream, start)))
    except LookupError:
        raise InputError(f"{label}: there is no encoding called {stated}; use utf-8, utf-16, cp1252 or latin-1") from None
    except UnicodeError:
        raise InputError(f"{label}: is not valid {encoding or ('UTF-16' if start == 0 else stated)}: it may be cut short, or `encoding` may be wrong") from None
    return FileText(stream, start, iter if utf8 else decode, quoted)


def _blocks(stream: BinaryIO, start: int = 0) -> Blocks:
    stream.seek(start)
    while block := stream.read(_BLOCK):
        yield block + stream.readline()  # no letter lies across two blocks


def _utf16(sample: bytes, label: str) -> str:
    odd, even = sample[1::2].count(0), sample[0::2].count(0)
    if max(odd, even) < 0.4 * len(sample) / 2:
        raise InputError(f"{label}: holds bytes that are no text: it is a binary file, or damaged; export it as CSV or Parquet")
    return "utf-16-le" if odd > even else "utf-16-be"


def _holds_quote(blocks: Blocks) -> bool:
    """Go through all blocks, so that what cannot be decoded shows."""
    quoted = False
    for block in blocks:
        quoted = quoted or b'"' in block
    return quoted


def _checked(blocks: Blocks) -> Blocks:
    for block in blocks:
        if not _is_utf8(block):
            block.decode()
        yield block


def _is_utf8(block: bytes) -> bool:
    """Tell whether a block is UTF-8, in a tenth of the time that decoding takes."""
    offsets = pa.py_buffer(np.array([0, len(block)], np.int64))
    try:
        pa.LargeStringArray.from_buffers(1, offsets, pa.py_buffer(block)).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _decoded(blocks: Blocks, encoding: str) -> Blocks:
    decoder = codecs.getincrementaldecoder(encoding)()
    first = True
    for block in blocks:
        text = decoder.decode(block)
        yield (text.removeprefix("\ufeff") if first else text).encode()
        first = first and not text
    yield decoder.decode(b"", final=True).encode()


def _undeclared(stream: BinaryIO) -> FileText:
    """Take the text as UTF-8, else as Latin-1; but where most accents are UTF-8, only the strays: as Latin-1 the others would be two letters each."""
    quoted, valid = False, True
    for block in _blocks(stream):
        valid = valid and _is_utf8(block)
        quoted = quoted or b'"' in block
        if quoted and not valid:
            break
    if valid:
        return FileText(stream, 0, iter, quoted)
    sequences, strays, windows, latin = 0, 0, True, True
    for block in _blocks(stream):
        high = _high_bytes(block)
        found = _SEQUENCE.findall(high)
        sequences += len(found)
        strays += len(_HIGH.findall(high)) - sum(map(len, found))
        windows = windows and not _NOT_WINDOWS.search(high)
        latin = latin and not _WINDOWS_ALONE.search(high)
    if strays > sequences:
        # Windows writes Latin-1 as cp1252; five of its bytes mean nothing there, and then it is Latin-1 proper. Without
        # the bytes in which they differ it is both, and Latin-1 is read in a third of the time.
        return FileText(stream, 0, partial(map, partial(_latin, encoding="cp1252" if windows and not latin else "latin-1")), quoted)
    return FileText(stream, 0, partial(map, _mended), quoted, (f"the text is UTF-8 with {strays:,} bytes that are not; these were read as Latin-1",))


def _high_bytes(block: bytes) -> bytes:
    """Return the bytes beyond ASCII, those that stand apart in the text kept apart: a thousandth of it, which is searched in no time."""
    high = np.frombuffer(block, np.uint8) >= 0x80
    kept = high.copy()
    kept[1:] |= high[:-1]
    return np.frombuffer(block, np.uint8)[kept].tobytes()


def _latin(block: bytes, encoding: str) -> bytes:
    return block.decode(encoding).encode()


def _mended(block: bytes) -> bytes:
    def mend(found: re.Match[bytes]) -> bytes:
        return found[0] if len(found[0]) > 1 else _latin(found[0], "latin-1" if _NOT_WINDOWS.match(found[0]) else "cp1252")

    return _SEQUENCE_OR_HIGH.sub(mend, block)
