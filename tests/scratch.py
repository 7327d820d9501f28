"""Where the tests' folders lie: in memory, where the machine has room for them there.
A test's database lives for a moment, and waiting for a disk was a quarter of its time."""

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM = 4 * 1024**3  # bytes; all that lies there at any time is a tenth of it


def keep_in_memory() -> None:
    """Unless TMPDIR says where; for this process and those that it starts."""
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK):
        return
    if shutil.disk_usage(MEMORY).free >= ROOM:
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None  # ask again
