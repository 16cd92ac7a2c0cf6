# SPDX-License-Identifier: ISC
"""A thousand mails of real servers, every way to rotate that logrotate has, and kills: what the
receivers gave is what repmon counted."""

import pytest

import lab.flow
from lab.mailflow import WAYS

from conftest import REPMON

MAILS, ROTATIONS = 145, 3
FLOWS = [("postfix", way) for way in WAYS] + [("exim", "compress"), ("exim", "copytruncate")]


@pytest.mark.parametrize("mta,way", FLOWS)
def test_no_answer_is_lost_or_counted_twice(mta, way):
    if why := lab.flow.missing(mta):
        pytest.skip(why)
    flow = lab.flow.run(mta, way, REPMON, MAILS, ROTATIONS, seed=way)
    lab.flow.assert_exact(flow, MAILS, ROTATIONS)
