"""A share of the campaign on real exports: scripts and inverses, judged by the lab's console.

The whole is ``python -m tests.campaign.language``; its figures stand in ``docs/language.md``.
"""

from __future__ import annotations

from itertools import islice

import pytest

from tests.campaign.language import (
    EDITED,
    Export,
    Pair,
    edits,
    exports,
    history,
    judge,
    random_pairs,
    sampled,
)

EXPORTS = exports()
pytestmark = pytest.mark.skipif(not EXPORTS, reason="the corpus of real exports is not here")
SEED = 20


def major(export: Export) -> str:
    return export.version.partition(".")[0]


def same_major(pair: Pair) -> bool:
    return major(pair.start) == major(pair.goal)


def name(pair: Pair) -> str:
    return f"{pair.start.name}-{pair.goal.name}"


@pytest.mark.parametrize(
    "pair",
    [
        *islice(filter(same_major, history(EXPORTS)), 0, None, 5),
        *islice(random_pairs(EXPORTS, "7", SEED), 12 if EXPORTS else 0),
        *islice(random_pairs(EXPORTS, "6", SEED), 8 if EXPORTS else 0),
    ],
    ids=name,
)
def test_the_console_reaches_the_goal_and_comes_back(pair: Pair) -> None:
    outcome = judge(pair)
    assert outcome.unlike or outcome.said or not (outcome.faults + outcome.back + outcome.absent)


def test_edits_take_about_a_statement_for_each_item_that_differs() -> None:
    outcomes = [judge(pair) for pair in islice(edits(EXPORTS, SEED), 40)]
    assert not [o for o in outcomes if not o.said and (o.faults or o.back or o.absent)]
    items = sum(outcome.items for outcome in outcomes)
    assert sum(outcome.statements for outcome in outcomes) <= 1.2 * items, EDITED


def test_the_console_comes_back_from_every_prefix() -> None:
    outcomes = [judge(pair, every_prefix=True) for pair in sampled(EXPORTS, 8, SEED)]
    assert sum(outcome.prefixes for outcome in outcomes) > 20
    assert not [outcome for outcome in outcomes if outcome.back and not outcome.said]
