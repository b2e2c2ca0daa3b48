"""Vega-Lite specifications -> SVG, here or in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

_ASIDE = """
import json, sys, vl_convert
vl_convert.vegalite_to_svg({"data": {"values": []}, "mark": "rect"})
for line in sys.stdin:
    print(json.dumps(vl_convert.vegalite_to_svg(json.loads(line))), flush=True)
"""

_drawer: ContextVar[subprocess.Popen[str] | None] = ContextVar("drawer", default=None)


def draw(specification: Mapping[str, object]) -> str:
    """Draw a picture.

    Parameters
    ----------
    specification
        A Vega-Lite specification without anything that is to be fetched.

    Returns
    -------
    str
        SVG; the same wherever it is drawn.

    """
    drawer = _drawer.get()
    if drawer is not None and drawer.stdin is not None and drawer.stdout is not None:
        try:
            drawer.stdin.write(json.dumps(specification) + "\n")
            drawer.stdin.flush()
            return str(json.loads(drawer.stdout.readline()))
        except (OSError, ValueError):  # it ended; what it draws can be drawn here
            _drawer.set(None)
    import vl_convert

    return str(vl_convert.vegalite_to_svg(dict(specification)))


@contextmanager
def drawing_aside() -> Iterator[None]:
    """Draw in a process of its own within the block, which starts at once.

    What draws is a browser's JavaScript engine. It takes a third of a second to start, and holds Python's lock for as long: in this process nothing
    else could be done meanwhile.
    """
    pipe = subprocess.PIPE
    try:
        aside = subprocess.Popen([sys.executable, "-P", "-c", _ASIDE], stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)  # noqa: S603 our own program
    except OSError:
        yield
        return
    token = _drawer.set(aside)
    try:
        yield
    finally:
        _drawer.reset(token)
        aside.kill()
        aside.communicate()
