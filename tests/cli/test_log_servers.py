# SPDX-License-Identifier: ISC
"""What real mail servers log of receivers that refuse, throttle and accept by script is counted
exactly, through real rotations and kills. tests/fit has the longer one, with all ways to rotate."""

import pytest

import lab.flow
from conftest import REPMON, WRAPPER


@pytest.mark.root("a network of its own is made by root only")
@pytest.mark.parametrize("mta,way", [("postfix", "compress"), ("exim", "create")])
def test_no_answer_is_lost_or_counted_twice(mta, way):
    if why := lab.flow.missing(mta):
        pytest.skip(why)
    if WRAPPER:
        pytest.skip("too slow under a wrapper")
    flow = lab.flow.run(mta, way, REPMON, 60, 4)
    lab.flow.assert_exact(flow, 60, 4)
