"""The verifier as a customer has it: a file, loaded by its path and run by a bare Python."""

import importlib.util
import sys
from pathlib import Path

PATH = Path(__file__).resolve().parents[3] / "docs" / "verify_statement.py"
_spec = importlib.util.spec_from_file_location("verify_statement", PATH)
assert _spec is not None and _spec.loader is not None
verifier = importlib.util.module_from_spec(_spec)
sys.modules["verify_statement"] = verifier
_spec.loader.exec_module(verifier)
