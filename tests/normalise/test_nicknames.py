"""Call names: who shares a group."""

import pytest

from kleuterlink.normalise.nicknames import GROUPS, nickname_group


@pytest.mark.parametrize(
    "names",
    [
        "JAN JOHANNES JOHAN",
        "ELISABETH LIES ELS ELISE",
        "ALEXANDER ALEX SANDER XANDER",
        "MOHAMED MOHAMMED MUHAMMAD MEHMET MO",
        "KATRIEN CATHERINE KAAT",
        "GUILLAUME WIM WILLEM",
        "FATIMA FATMA",
        "YOUSSEF YUSUF",
        "ZINEB ZEYNEP",
        "KAREL CHARLES",
    ],
)
def test_call_names_share_a_group(names):
    groups = {nickname_group(name) for name in names.split()}
    assert len(groups) == 1
    assert groups.pop() >= 0


@pytest.mark.parametrize(
    ("one", "other"), [("LOUIS", "LOUISE"), ("JULES", "JULIE"), ("JONAS", "JONATHAN"), ("EMMA", "EMILE"), ("MARIE", "MARIAM"), ("JAN", "JEF")]
)
def test_names_of_brothers_and_sisters_do_not(one, other):
    assert nickname_group(one) != nickname_group(other)


def test_a_name_without_group():
    assert nickname_group("XYZZY") == -1


def test_groups_are_clean_and_no_name_stands_in_two():
    names = [name for group in GROUPS for name in group]
    assert len(names) == len(set(names))
    assert all(name.isascii() and name.isalpha() and name.isupper() for name in names)
    assert all(len(group) > 1 for group in GROUPS)
