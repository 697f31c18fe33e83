"""Lets the tests of this folder share modules, which importlib mode does not make importable."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
