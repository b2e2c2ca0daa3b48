"""National number, birth date, sex and address, level by level."""

from __future__ import annotations

from collections.abc import Callable

from kleuterlink.engines.reference.records import Record
from kleuterlink.engines.reference.scales import CLOSE, Scale, Test, otherwise, similarity, typing_errors

BIS, INVALID = 2, 3
"""Kinds of number."""


def _one_typing_error(left: Record, right: Record) -> bool:
    numbers = f"{left.national_number:011}", f"{right.national_number:011}"
    return INVALID in {left.number_kind, right.number_kind} and typing_errors(*numbers) == 1


def _bis_of_same_date(left: Record, right: Record) -> bool:
    kinds = {left.number_kind, right.number_kind}
    date = left.number_birth_date or 0
    return BIS in kinds and INVALID not in kinds and date == right.number_birth_date and _whole(date)


NUMBER = Scale(
    "national_number",
    lambda left, right: left.national_number > 0 and right.national_number > 0,
    (
        ("two valid numbers that differ", otherwise),
        ("differ, one of them invalid or a bis number", lambda left, right: max(left.number_kind, right.number_kind) >= BIS),
        ("bis and other number of the same birth date", _bis_of_same_date),
        ("one typing error apart", _one_typing_error),
        ("equal", lambda left, right: left.national_number == right.national_number),
    ),
)


def _parts(date: int) -> tuple[int, int, int]:
    return date // 10000, date // 100 % 100, date % 100


def _whole(date: int) -> bool:
    return all(_parts(date))


def _agree(left: int, right: int, *places: int) -> bool:
    """Tell whether these parts of two dates (0 year, 1 month, 2 day) are known and equal."""
    return all(_parts(left)[place] == _parts(right)[place] > 0 for place in places)


def _one_digit(left: int, right: int) -> bool:
    return _whole(left) and _whole(right) and sum(a != b for a, b in zip(f"{left:08}", f"{right:08}", strict=True)) == 1


def _swapped(left: int, right: int) -> bool:
    year, month, day = _parts(right)
    return left != right and _parts(left) == (year, day, month)


DATE_LEVELS: tuple[tuple[str, Callable[[int, int], bool]], ...] = (
    ("different", otherwise),
    ("same year and month", lambda left, right: _agree(left, right, 0, 1)),
    ("same year and day", lambda left, right: _agree(left, right, 0, 2)),
    ("same month and day", lambda left, right: _agree(left, right, 1, 2)),
    ("one digit differs", _one_digit),
    ("day and month swapped", _swapped),
)
"""Levels of two dates that are not equal."""


def _of(record: Record) -> int:
    return record.birth_date or 0


def _vague(record: Record) -> bool:
    return record.placeholder_date or not _whole(_of(record))


def _a_number_says(left: Record, right: Record) -> bool:
    if left.national_number and left.national_number == right.national_number:
        return False
    numbers = left.number_birth_date or 0, right.number_birth_date or 0
    said = {(numbers[0], _of(right)), (numbers[1], _of(left)), numbers}
    return any(a == b and _whole(a) for a, b in said)


def _stated(test: Callable[[int, int], bool]) -> Test:
    return lambda left, right: test(_of(left), _of(right))


BIRTH_DATE = Scale(
    "birth_date",
    lambda left, right: _of(left) > 0 and _of(right) > 0,
    (
        *((label, _stated(test)) for label, test in DATE_LEVELS),
        ("a placeholder on one side, same year", lambda left, right: (_vague(left) or _vague(right)) and _agree(_of(left), _of(right), 0)),
        ("a number states the other's date", _a_number_says),
        ("equal, a placeholder", lambda left, right: _of(left) == _of(right)),
        ("equal", lambda left, right: _of(left) == _of(right) and not left.placeholder_date and not right.placeholder_date),
    ),
)


def _sex(record: Record) -> int:
    return record.sex or record.number_sex


SEX = Scale(
    "sex",
    lambda left, right: _sex(left) > 0 and _sex(right) > 0,
    (("different", otherwise), ("equal", lambda left, right: _sex(left) == _sex(right))),
)

ADDRESS_FIELDS = ("street", "house_number", "postcode", "municipality")


def _both(left: Record, right: Record, name: str) -> bool:
    return getattr(left, name) is not None and getattr(right, name) is not None


def _same(left: Record, right: Record, name: str) -> bool:
    return _both(left, right, name) and getattr(left, name) == getattr(right, name)


def _place(left: Record, right: Record) -> bool:
    """Tell whether the postcode is the same, or the municipality where a postcode is missing."""
    return _same(left, right, "postcode") if _both(left, right, "postcode") else _same(left, right, "municipality")


def _street(left: Record, right: Record) -> bool:
    """Tell whether the street is the same; within a place a similar spelling is."""
    if left.street is None or right.street is None:
        return False
    return left.street == right.street or (_place(left, right) and similarity(left.street, right.street) >= CLOSE)


def _number(left: Record, right: Record) -> bool:
    return _same(left, right, "house_number")


ADDRESS = Scale(
    "address",
    lambda left, right: any(_both(left, right, name) for name in ADDRESS_FIELDS),
    (
        ("elsewhere", otherwise),
        ("same municipality", lambda left, right: _same(left, right, "municipality")),
        ("same postcode, common", lambda left, right: _same(left, right, "postcode")),
        ("same postcode, rare", lambda left, right: _same(left, right, "postcode") and left.postcode_rarity == 1),
        ("same street name, elsewhere", _street),
        ("same street", lambda left, right: _street(left, right) and _place(left, right)),
        ("same house number and place, other street name", lambda left, right: _number(left, right) and _place(left, right)),
        ("same street name and house number, elsewhere", lambda left, right: _number(left, right) and _street(left, right)),
        ("same address", lambda left, right: _number(left, right) and _street(left, right) and _place(left, right)),
    ),
)
