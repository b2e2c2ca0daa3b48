"""Which Java there is: the tests of the Spark engine need one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

NEEDED = 17


def java_version() -> int | None:
    """Return the version of the Java that Spark would start, None where there is none."""
    home = os.environ.get("JAVA_HOME")
    command = shutil.which(Path(home) / "bin" / "java" if home else "java")
    if command is None:
        return None
    told = subprocess.run([command, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', told)
    return int(found[1]) if found else None
