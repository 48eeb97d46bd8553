"""What every reader of an untrusted zip needs before it opens one. Pure, and no Django."""

import zipfile
import zlib
from typing import IO

CHUNK = 256 * 1024  # bytes read at a time
_DIRECTORY_ENTRY = b"PK\x01\x02"

# What zipfile raises for a damaged or hostile archive, beside errors of its own.
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    RuntimeError,  # and its NotImplementedError: a compression or version it does not know
    OSError,
    ValueError,
    LookupError,  # a member without a name, for one
)


def has_more_entries(stream: IO[bytes], most: int) -> bool:
    """Return whether a zip's directory has far more than `most` entries.

    Counted without zipfile, which would make an object of each. Packed data holds the four bytes
    of an entry by accident once in 4 GB, a workbook kept as it is a few times: so twice as many
    are let pass. The stream is back at its beginning afterwards.
    """
    count, tail = 0, b""
    while block := stream.read(CHUNK):
        block = tail + block
        count += block.count(_DIRECTORY_ENTRY)
        tail = block[1 - len(_DIRECTORY_ENTRY) :]
    stream.seek(0)
    return count > 2 * most
