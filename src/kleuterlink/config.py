"""The configuration of a run: one TOML file, checked before anything is read.

The keys are a contract: keys may be added, not renamed. `docs/reference/configuration.md` is generated from the
descriptions below.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from kleuterlink.config_engine import EngineConfig
from kleuterlink.errors import ConfigError

PERSON_FIELDS = ("national_number", "first_names", "surname", "sex", "birth_date", "parent", "address", "street", "house_number", "postcode", "municipality")
"""Fields that describe who a record is about; any of them may be compared."""

ENROLMENT_FIELDS = ("school", "enrolled_from", "enrolled_until", "education", "half_days_present", "half_days_accepted", "half_days_possible")
"""Fields that describe an enrolment; never compared, carried to `participation`."""

ABSENCE_FIELDS = ("record_id", "school", "date", "day_part", "half_days", "code")
"""Fields of a register with role `absences`: one row per half-day or day, tied to an enrolment by `record_id`."""

SCHOOL_FIELDS = ("name", "municipality", "clb", "successor")
"""Fields of a register with role `schools`, whose `id` is the school's number."""

DATE_FIELDS = ("birth_date", "enrolled_from", "enrolled_until", "date")
"""Fields that are read with the register's `date_format`."""

FIELDS = tuple(dict.fromkeys(("id", *PERSON_FIELDS, *ENROLMENT_FIELDS, *ABSENCE_FIELDS, *SCHOOL_FIELDS)))
"""Every field that a column can be mapped to."""


class Role(StrEnum):
    """What a register is to the linkage."""

    BIRTHS = "births"
    ENROLMENTS = "enrolments"
    ABSENCES = "absences"
    APPLICATIONS = "applications"
    HOME_EDUCATION = "home_education"
    DEPARTURES = "departures"
    SCHOOLS = "schools"
    MUNICIPALITIES = "municipalities"


LINKED_ROLES = (Role.ENROLMENTS, Role.HOME_EDUCATION, Role.DEPARTURES)
"""Roles of the lists in which a birth record is looked up."""

PERSON_ROLES = (Role.BIRTHS, *LINKED_ROLES, Role.APPLICATIONS)
"""Roles of registers whose records are about a child: they are normalised and compared."""


class Community(StrEnum):
    """The school system that a list of enrolments covers."""

    NL = "nl"
    FR = "fr"


PRESET_EXTRAS = {"febrl": ("soc_sec_id",)}
"""Further columns that a preset names by itself."""

PRESET_COMMUNITIES = {"siel": Community.FR}
"""School system that a preset stands for where it is not the Dutch-language one."""


class Purpose(StrEnum):
    """What enough half-days are enough for."""

    ALLOWANCE = "allowance"
    ADMISSION = "admission"
    COMPULSORY = "compulsory"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Model = TypeVar("Model", bound=_Part)


class RunSettings(_Part):
    """`[run]`: when the results speak of, and where they go."""

    as_of: dt.date | None = Field(
        None, description="Statuses speak of this date. Default: the 1st of February of the school year, or today where there is no school year."
    )
    school_year: str | None = Field(
        None,
        pattern=r"^\d{4}-\d{4}$",
        description='School year, as "2023-2024". Without it no participation is derived: any two registers are linked and each record of the first role is either found or not.',
    )
    out: Path = Field(Path("out"), description="Folder that receives the outputs, relative to the configuration file.")


class RegisterConfig(_Part):
    """`[registers.NAME]`: one source table."""

    role: Role = Field(description="What the register is to the linkage.")
    path: Path | None = Field(
        None,
        description="CSV, Parquet, Excel, or a DuckDB or SQLite database file; relative to the configuration file. Left out where a table is handed over in Python.",
    )
    table: str | None = Field(None, description="Table in a database file; without a `path`, a table of Spark, with the engine `spark`.")
    sheet: str | None = Field(None, description="Sheet of an Excel workbook. Default: the first.")
    community: Community = Field(Community.NL, description="School system of a list of enrolments.")
    preset: str | None = Field(None, description="Name of a known source, which supplies `columns` and `date_format`; what is given here overrides it.")
    date_format: str = Field("%Y-%m-%d", description="strptime format of every date column.")
    delimiter: str | None = Field(None, description="CSV delimiter. Default: found out.")
    encoding: str | None = Field(None, description="CSV encoding. Default: found out (UTF-8, UTF-16 or Latin-1, with or without a byte order mark).")
    reference_date: dt.date | None = Field(None, description="Date that the list speaks of, where it is not the run's.")
    columns: dict[str, str] = Field(default_factory=dict, description="Field = the file's column. A field that is left out is not used.")
    extra: dict[str, str] = Field(default_factory=dict, description="Further columns, by a name of your own; compared where `linkage.comparisons` names them.")

    @model_validator(mode="before")
    @classmethod
    def _community_of_preset(cls, data: object) -> object:
        """State what the preset stands for, so that the manifest says it to whoever reads the configuration there."""
        if isinstance(data, dict) and "community" not in data and (preset := data.get("preset")) in PRESET_COMMUNITIES:
            return {**data, "community": PRESET_COMMUNITIES[preset]}
        return data

    @model_validator(mode="after")
    def _known_fields(self) -> RegisterConfig:
        unknown = sorted(set(self.columns) - set(FIELDS))
        if unknown:
            raise ValueError(f"unknown field {', '.join(unknown)}; known fields: {', '.join(FIELDS)}")
        clash = sorted(set(self.extra) & set(FIELDS))
        if clash:
            raise ValueError(f"{', '.join(clash)} is a field of its own: map it under columns, not under extra")
        return self

    @property
    def system(self) -> Community:
        """School system that the list covers: what is stated, else what the preset stands for."""
        return self.community


class Decision(_Part):
    """`[decision]`: what a wrong answer costs."""

    cost_false_alarm: Annotated[float, Field(gt=0)] = Field(1.0, description="Cost of listing a child who is enrolled.")
    cost_missed_child: Annotated[float, Field(gt=0)] = Field(1.0, description="Cost of leaving out a child who is enrolled nowhere.")

    @property
    def cut(self) -> float:
        """Smallest `p_not_found` at which listing costs less than leaving out (Bayes decision rule)."""
        return self.cost_false_alarm / (self.cost_false_alarm + self.cost_missed_child)


class ComparisonConfig(_Part):
    """`[[linkage.comparisons]]`: a further comparison, on a column named under `extra`."""

    column: str = Field(description="Name under `[registers.NAME.extra]`, in both registers.")
    kind: Literal["identifier", "name", "date", "exact", "text"] = Field(description="How two values are compared.")


class BlockingRuleConfig(_Part):
    """`[[linkage.blocking]]`: an equality join on one or more derived keys."""

    keys: tuple[str, ...] = Field(min_length=1, description="Derived keys that must all be equal; `kleuterlink.block.KEYS` lists them.")
    name: str | None = Field(None, description="Name in the outputs. Default: the keys joined with +.")


class Linkage(_Part):
    """`[linkage]`: how registers are linked. The defaults are meant to be kept."""

    comparisons: tuple[ComparisonConfig, ...] = Field((), description="Further comparisons, for data that is not Belgian.")
    blocking: tuple[BlockingRuleConfig, ...] = Field((), description="Blocking rules instead of the default ones.")
    max_block: int = Field(
        400, ge=2, description="Largest number of candidate pairs that one key value may make for each record; larger blocks are refined with further keys."
    )
    model: Path | None = Field(
        None, description="`model.json` of an earlier run, relative to the configuration file: its match rates and null are used, and nothing is trained."
    )
    minimum_linked: float = Field(0.02, ge=0, le=1, description="Smallest share of the smaller register that must link; below it the run ends with an error.")


SchoolYear = Annotated[str, Field(pattern=r"^\d{4}-\d{4}$")]
HalfDays = Annotated[int, Field(ge=1, le=400)]


class ThresholdConfig(_Part):
    """`[[participation.thresholds]]`: a threshold of your own, which overrides the published one."""

    school_year: SchoolYear = Field(description='School year, as "2023-2024".')
    age: int = Field(ge=2, le=6, description="Age on 31 December of the school year's first year.")
    purpose: Purpose = Field(description="What the half-days must be enough for.")
    half_days: HalfDays = Field(description="Smallest number of half-days that is enough.")


class Period(_Part):
    """A period of days, both ends included."""

    first: dt.date = Field(description="First day.")
    last: dt.date = Field(description="Last day.")

    @model_validator(mode="after")
    def _in_order(self) -> Period:
        if self.last < self.first:
            raise ValueError("last lies before first")
        return self


EntryDays = tuple[dt.date, dt.date, dt.date, dt.date, dt.date, dt.date, dt.date]


class Participation(_Part):
    """`[participation]`: rules of age and attendance that override the published tables."""

    purpose: Purpose = Field(Purpose.ALLOWANCE, description="What `threshold` and `attends_enough` of the children speak of.")
    entry_dates: dict[SchoolYear, EntryDays] = Field(
        default_factory=dict, description="The seven entry dates of a school year, in order; they override the published ones."
    )
    thresholds: tuple[ThresholdConfig, ...] = Field((), description="Thresholds that override the published ones.")
    possible_half_days: dict[SchoolYear, HalfDays] = Field(
        default_factory=dict, description="Half-days of a whole school year. Default: counted from the school calendar."
    )
    possible_half_days_by_school: dict[SchoolYear, dict[str, HalfDays]] = Field(
        default_factory=dict, description="Half-days of a whole school year, by school; they come before `possible_half_days`."
    )
    presence_implied_from: dt.date = Field(
        dt.date(2019, 9, 1), description="From this day absences are recorded and presence is implied; before, presence is recorded."
    )
    counted_present: tuple[Period, ...] = Field(
        (Period(first=dt.date(2020, 3, 16), last=dt.date(2020, 6, 30)),), description="Periods in which everybody counts as present (COVID)."
    )
    codes: dict[str, Literal["present", "accepted", "absent"]] = Field(
        default_factory=dict, description="What an absence code means, where it is not the published meaning."
    )
    counted_until: dt.date | None = Field(None, description="Last day that the absences cover. Default: the end of the school year.")
    special_education: tuple[str, ...] = Field(
        ("buitengewoon", "bubao", "special", "spécial", "121"),
        description="Texts that mark special education in the field `education`, wherever they stand in it.",
    )


class RegistersConfig(_Part):
    """A whole configuration file, whatever its registers are to one another: enough to look at one of them."""

    run: RunSettings = Field(default_factory=RunSettings)
    registers: dict[str, RegisterConfig]
    decision: Decision = Field(default_factory=Decision)
    linkage: Linkage = Field(default_factory=Linkage)
    participation: Participation = Field(default_factory=Participation)
    engine: EngineConfig = Field(default_factory=EngineConfig)
    base: Path = Field(Path(), exclude=True, description="Folder that relative paths start from; set by `load_config`.")

    @model_validator(mode="after")
    def _columns(self) -> Self:
        for comparison in self.linkage.comparisons:
            if not any(
                comparison.column in register.extra or comparison.column in PRESET_EXTRAS.get(register.preset or "", ()) for register in self.registers.values()
            ):
                raise ValueError(f"linkage.comparisons names column {comparison.column}, which no [registers.NAME.extra] names")
        return self


class RunConfig(RegistersConfig):
    """A whole configuration file of a linkage."""

    @model_validator(mode="after")
    def _roles(self) -> Self:
        births = [name for name, register in self.registers.items() if register.role is Role.BIRTHS]
        if len(births) != 1:
            raise ValueError(f"exactly one register must have role births, found {len(births)}")
        if not any(register.role is Role.ENROLMENTS for register in self.registers.values()):
            raise ValueError("at least one register must have role enrolments")
        return self

    @property
    def births_name(self) -> str:
        """Name of the register with role births."""
        return next(name for name, register in self.registers.items() if register.role is Role.BIRTHS)

    @property
    def lists(self) -> dict[str, RegisterConfig]:
        """Registers in which a birth record is looked up, in the order of the file."""
        return {name: register for name, register in self.registers.items() if register.role in LINKED_ROLES}

    def with_role(self, role: Role) -> dict[str, RegisterConfig]:
        """Return the registers with a role, in the order of the file."""
        return {name: register for name, register in self.registers.items() if register.role is role}


def load_config(path: str | Path) -> RunConfig:
    """Read a configuration from a TOML file.

    Parameters
    ----------
    path
        The file. Relative paths in it start from its folder.

    Returns
    -------
    RunConfig
        The checked configuration.

    Raises
    ------
    ConfigError
        The file is missing, is no TOML, or names something unknown; the message says where and what is allowed.

    """
    path = Path(path)
    return parse_config(_toml(path), base=path.parent, source=str(path))


def load_register(path: str | Path, **stated: object) -> RegisterConfig:
    """Read how one register is written from a TOML file: the keys of a `[registers.NAME]` table, without its heading.

    Parameters
    ----------
    path
        The file.
    **stated
        Keys that come before those of the file.

    Returns
    -------
    RegisterConfig
        The checked register.

    Raises
    ------
    ConfigError
        The file is missing, is no TOML, or names something unknown.

    """
    return _checked(RegisterConfig, _toml(Path(path)) | stated, str(path))


def parse_config(data: Mapping[str, object], *, base: Path | None = None, source: str = "configuration") -> RunConfig:
    """Check a configuration given as nested dictionaries.

    Parameters
    ----------
    data
        What the TOML file would hold.
    base
        Folder that relative paths start from. Default: the current one.
    source
        What messages call it.

    Returns
    -------
    RunConfig
        The checked configuration.

    Raises
    ------
    ConfigError
        Something in it is unknown, missing or out of range.

    """
    return _checked(RunConfig, data, source).model_copy(update={"base": base or Path()})


def describe_registers(source: Mapping[str, object] | str | Path) -> RegistersConfig:
    """Check a configuration, a TOML file or nested dictionaries, whose registers need not make up a linkage; else as `load_config`."""
    if isinstance(source, Mapping):
        return _checked(RegistersConfig, source, "configuration")
    return _checked(RegistersConfig, _toml(Path(source)), str(source)).model_copy(update={"base": Path(source).parent})


def _toml(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: no valid TOML: {error}") from error


def _checked(model: type[Model], data: Mapping[str, object], source: str) -> Model:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        lines = [
            f"{'.'.join(str(part) for part in detail['loc']) or 'file'}: {detail['msg']}" for detail in error.errors(include_input=False, include_url=False)
        ]
        raise ConfigError(f"{source}: " + "; ".join(lines)) from error
