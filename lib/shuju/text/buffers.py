"""Arrow strings as the bytes and offsets that Numba passes read, without copying."""

from __future__ import annotations

import numpy as np
import pyarrow as pa


def utf8(texts: pa.Array | pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray, pa.Array]:
    """Return the offsets (int32 or int64, one more than rows), the UTF-8 bytes, and the texts as one array.

    What the bytes of a null hold is undefined. No copy is made of one chunk of ``string`` or
    ``large_string``; other string types are cast.
    """
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    if not (pa.types.is_string(texts.type) or pa.types.is_large_string(texts.type)):
        texts = texts.cast(pa.large_string())
    width = np.int32 if pa.types.is_string(texts.type) else np.int64
    _, offsets, data = texts.buffers()
    if offsets is None or not len(texts):
        return np.zeros(1, width), np.zeros(0, np.uint8), texts
    offsets = np.frombuffer(offsets, width)[texts.offset : texts.offset + len(texts) + 1]
    return offsets, np.frombuffer(data or b"", np.uint8), texts
