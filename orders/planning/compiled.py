"""The one place that imports Numba. Compiled code is kept on disk where that is possible."""

import hashlib
import os
from pathlib import Path

from numba import config, njit

HERE = Path(__file__).parent
SOURCES = ("routes.py", "places.py", "search.py")


def _keep():
    """
    Say where compiled code is kept. False where nothing can be written: in a read-only image without NUMBA_CACHE_DIR.

    Numba compares a function's own file only, so the folder is named by all of them: a changed inner function must not
    leave an outer one compiled with the old.
    """
    home = Path(config.CACHE_DIR or HERE / "__pycache__")
    digest = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in SOURCES)).hexdigest()[:12]
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    config.CACHE_DIR = str(home / f"planning-{digest}")
    return os.access(home, os.W_OK)


compiled = njit(cache=_keep(), nogil=True, error_model="numpy")
