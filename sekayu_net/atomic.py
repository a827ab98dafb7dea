"""Text files replaced in one step: after a power cut it is the old file or the new one, never half.

What is written, and what to tell a person when it can't be, is the caller's.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def write(file: Path, text: str, *, private: bool = False) -> None:
    """Put a file in another's place; ``private``: mode 0600.

    Ends on the disk. ``OSError`` names the file, which is then as it was.
    """
    part = file.with_name(f"{file.name}.part")
    try:
        part.unlink(missing_ok=True)  # a link there, or another mode, is not to be written through
        mode = 0o600 if private else 0o666
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        part.replace(file)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        # A failed write does not say of what: the file that was asked for.
        raise OSError(error.errno, error.strerror, str(file)) from error
