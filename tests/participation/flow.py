"""The stage's functions one after the other, as `derive` calls them: from births and links to one of its tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from kleuterlink import participation
from kleuterlink.config import RunConfig


def count_half_days(births: pd.DataFrame, links: pd.DataFrame, registers: Mapping[str, pd.DataFrame], config: RunConfig) -> participation.Attendance:
    return participation.count_half_days(births, enrolled(births, links, registers, config), registers, config)


def statuses(
    births: pd.DataFrame, links: pd.DataFrame, p_found: pd.DataFrame, registers: Mapping[str, pd.DataFrame], config: RunConfig, **how: Any
) -> pd.DataFrame:
    return participation.statuses(births, participation.join_links(births, links, registers, config), p_found, registers, config, **how)


def flag(births: pd.DataFrame, links: pd.DataFrame, registers: Mapping[str, pd.DataFrame], config: RunConfig) -> participation.Flagged:
    return participation.flag(enrolled(births, links, registers, config), registers, config)


def enrolled(births: pd.DataFrame, links: pd.DataFrame, registers: Mapping[str, pd.DataFrame], config: RunConfig) -> participation.Enrolled:
    return participation.gather_enrolled(births, participation.join_links(births, links, registers, config), registers, config)
