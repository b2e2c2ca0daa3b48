"""The page a person reads: one self-contained file, made from a run's tables alone."""

from __future__ import annotations

from importlib.resources import files

from kleuterlink.tables import Result


def render_report(result: Result, *, run_id: str) -> str:
    """Render the report.

    Parameters
    ----------
    result
        What a run made.
    run_id
        The id that `outputs.run_id` gives.

    Returns
    -------
    str
        The page: HTML without any external request. Equal results give equal text.

    """
    import jinja2

    template = files("kleuterlink.publish").joinpath("report.html.j2").read_text(encoding="utf-8")
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(template).render(quality=result.quality, run_id=run_id)
