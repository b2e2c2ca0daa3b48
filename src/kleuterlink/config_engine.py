"""The part `[engine]` of the configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class EngineConfig(BaseModel):
    """`[engine]`: where the work runs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Literal["local", "spark", "reference"] = Field(
        "local", description="`local` (default), `spark` (a cluster) or `reference` (slow, plain, for checking)."
    )
    master: str | None = Field(
        None,
        description='Spark master, as "spark://host:7077", "yarn" or "local[2]". Default: what spark-submit or the Spark installation says. An active session goes before it.',
    )
    spark: dict[str, str] = Field(
        default_factory=dict,
        exclude=True,
        description='Settings of the Spark session, as "spark.executor.memory" = "8g". An active session keeps its own. The manifest leaves them out, as they may hold passwords.',
    )
    output_tables: str | None = Field(
        None, description='What the names of Spark tables begin with that a run writes beside the files, as "participation.run_". Default: none are written.'
    )
    threads: int | None = Field(None, ge=1, description="Threads. Default: one per processor.")
    memory_limit: str | None = Field(
        None,
        pattern=r"^[1-9][0-9]*(\.[0-9]+)? ?[MG]B$",
        description='Memory for the run, such as `"8GB"`. Steps are then kept in a folder and mapped into memory, lists are linked one after the other, '
        "tables are written in parts; and a run that was ended goes on where it was. Default: everything in memory.",
    )
    work: Path | None = Field(
        None,
        description="Folder for the steps that `memory_limit` has kept; relative to the configuration. It holds the records of persons until the run ends well. "
        "Default: beside the outputs, `.work` added to their name.",
    )
    keep: Path | None = Field(
        None,
        exclude=True,
        description="Folder that receives the standing state, which `kleuterlink update` links deliveries against; relative to the configuration file. "
        "It holds the registers: guard it as them. Default: nothing is kept.",
    )

    @model_validator(mode="after")
    def _of_spark(self) -> Self:
        stated = [name for name in ("master", "spark", "output_tables") if getattr(self, name)]
        if stated and self.name != "spark":
            raise ValueError(f'{", ".join(stated)} means nothing to engine {self.name}: set name = "spark", or leave it out')
        return self
