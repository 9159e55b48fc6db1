"""What to do where the Debian packages of a client are missing."""

from __future__ import annotations

import shutil

import pytest


def require(packages: dict[str, bool]) -> None:
    """Skips the test where a package is missing and apt cannot install it.

    Where it can, `scripts/install-packages.sh clients` should have, and a test
    that never runs would go unnoticed.
    """
    missing = [package for package, found in packages.items() if not found]
    if not missing:
        return
    reason = f"what these Debian packages hold is missing: {' '.join(missing)}"
    if shutil.which("apt-get"):
        pytest.fail(f"{reason}; run scripts/install-packages.sh clients")
    pytest.skip(reason)
