# SPDX-License-Identifier: ISC
"""The crash test needs a build with -Dcrash_points=true, and what tests/cli has in its conftest."""

import importlib.util
import os
import sys

CLI = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "cli")
sys.path.insert(0, CLI)
_spec = importlib.util.spec_from_file_location("cli_conftest", os.path.join(CLI, "conftest.py"))
_module = importlib.util.module_from_spec(_spec)
sys.modules["cli_conftest"] = _module
_spec.loader.exec_module(_module)
globals().update({k: v for k, v in vars(_module).items() if not k.startswith("__")})

from station import station  # noqa: E402,F401
