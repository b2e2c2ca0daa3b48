"""First names, surnames and parents' names, level by level."""

from __future__ import annotations

from kleuterlink.engines.reference.records import Parts, Record
from kleuterlink.engines.reference.scales import CLOSE, NEAR, Scale, Test, any_similar, otherwise, share, share_consonants, share_sound, similarity, texts

RARE = 2
"""First frequency class that counts as rare where only two are told apart."""


def _first(record: Record) -> Parts:
    return record.first_names or ()


def _surname(record: Record) -> Parts:
    return record.surname or ()


def _parent(record: Record) -> Parts:
    return record.parent or ()


def _cores(parts: Parts) -> set[int]:
    return {part.core for part in parts}


def _exchanged(left: Record, right: Record) -> bool:
    """Tell whether first name and surname stand in each other's place, one of them in another spelling at most; both registers need both."""
    if None in {left.first_names, left.surname, right.first_names, right.surname}:
        return False
    crosswise = ((_first(left), _surname(right)), (_surname(left), _first(right)))
    return all(share_sound(one, other) for one, other in crosswise) and any(share(_cores(one), _cores(other)) for one, other in crosswise)


# first names


def _first_agrees(rarity: int) -> Test:
    return lambda left, right: _first(left)[0].text == _first(right)[0].text and _first(left)[0].rarity >= rarity


def _all_of_several(left: Record, right: Record) -> bool:
    return texts(_first(left)) == texts(_first(right)) and len(_first(left)) > 1


def _call_name_or_spelling(left: Record, right: Record) -> bool:
    groups = [{name.nickname for name in _first(record) if name.nickname >= 0} for record in (left, right)]
    return share(*groups) or share_sound(_first(left), _first(right))


def _first_similar(bound: float) -> Test:
    return lambda left, right: similarity(_first(left)[0].text, _first(right)[0].text) >= bound


def _initial_only(left: Record, right: Record) -> bool:
    one, other = _first(left)[0].text, _first(right)[0].text
    return one[0] == other[0] and 1 in {len(one), len(other)}


FIRST_NAMES = Scale(
    "first_names",
    lambda left, right: bool(_first(left) and _first(right)),
    (
        ("different", otherwise),
        ("same initial, where one has only that", _initial_only),
        ("distantly similar", _first_similar(NEAR)),
        ("first name and surname exchanged", _exchanged),
        ("similar, or one contained in the other", _first_similar(CLOSE)),
        ("same consonants", lambda left, right: share_consonants(_first(left), _first(right))),
        ("call name or other spelling", _call_name_or_spelling),
        ("a further first name agrees", lambda left, right: share(texts(_first(left)), texts(_first(right)))),
        ("first name agrees, very common", _first_agrees(0)),
        ("first name agrees, common", _first_agrees(1)),
        ("first name agrees, not common", _first_agrees(2)),
        ("first name agrees, rare", _first_agrees(3)),
        ("first name agrees, very rare", _first_agrees(4)),
        ("all of several first names agree", _all_of_several),
    ),
)

# surnames


def _rarest_of_equal(left: Record, right: Record) -> int:
    """Return the class of the rarest part that both have, but for particles; the commoner spelling counts. -1 where there is none."""
    return max((min(a.rarity, b.rarity) for a in _surname(left) for b in _surname(right) if a.core == b.core), default=-1)


def _parents_name(left: Record, right: Record) -> bool:
    return share(_cores(_surname(left)), _cores(_parent(right))) or share(_cores(_parent(left)), _cores(_surname(right)))


def _like_a_parents_name(left: Record, right: Record) -> bool:
    return share_consonants(_surname(left), _parent(right)) or share_consonants(_parent(left), _surname(right))


def _surname_agrees(rarity: int) -> Test:
    return lambda left, right: texts(_surname(left)) == texts(_surname(right)) and max(part.rarity for part in _surname(left)) >= rarity


SURNAME = Scale(
    "surname",
    lambda left, right: bool(_surname(left) and _surname(right)),
    (
        ("different", otherwise),
        ("distantly similar", lambda left, right: any_similar(_surname(left), _surname(right), NEAR)),
        ("first name and surname exchanged", _exchanged),
        ("like a parent's name", _like_a_parents_name),
        ("a parent's name", _parents_name),
        ("similar, or one contained in the other", lambda left, right: any_similar(_surname(left), _surname(right), CLOSE)),
        ("same consonants", lambda left, right: share_consonants(_surname(left), _surname(right))),
        ("other spelling", lambda left, right: share_sound(_surname(left), _surname(right))),
        ("a part agrees, common", lambda left, right: _rarest_of_equal(left, right) >= 0),
        ("a part agrees, rare", lambda left, right: _rarest_of_equal(left, right) >= RARE),
        ("agrees but for order or particles", lambda left, right: _cores(_surname(left)) == _cores(_surname(right))),
        ("agrees, very common", _surname_agrees(0)),
        ("agrees, common", _surname_agrees(1)),
        ("agrees, not common", _surname_agrees(2)),
        ("agrees, rare", _surname_agrees(3)),
        ("agrees, very rare", _surname_agrees(4)),
    ),
)

# parents


def _parts_shared(left: Record, right: Record) -> set[str]:
    return {*texts(_parent(left))} & {*texts(_parent(right))}


def _rare_part(left: Record, right: Record) -> bool:
    return any(part.rarity >= RARE for part in _parent(left) if part.text in _parts_shared(left, right))


def _shorter_within(left: Record, right: Record) -> bool:
    sizes = len({*texts(_parent(left))}), len({*texts(_parent(right))})
    return len(_parts_shared(left, right)) == min(sizes) >= 2


def _parents_agree(left: Record, right: Record) -> bool:
    return {*texts(_parent(left))} == {*texts(_parent(right))} and _shorter_within(left, right)


PARENT = Scale(
    "parent",
    lambda left, right: bool(_parent(left) and _parent(right)),
    (
        ("different", otherwise),
        (
            "similar or other spelling",
            lambda left, right: share_sound(_parent(left), _parent(right)) or any_similar(_parent(left), _parent(right), CLOSE),
        ),
        ("a part agrees, common", lambda left, right: bool(_parts_shared(left, right))),
        ("a part agrees, rare", _rare_part),
        ("all parts of the shorter name agree", _shorter_within),
        ("agrees", _parents_agree),
    ),
)
