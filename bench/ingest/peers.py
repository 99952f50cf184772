"""The peers' own environment: what they need must not meet what Ragstone pins."""

import subprocess
import sys
import venv
from pathlib import Path

REQUIREMENTS = Path(__file__).with_name("requirements.txt")


def peers_python(folder: Path, requirements: Path = REQUIREMENTS) -> Path:
    """An interpreter with the peers installed: at the first call, and again after a change of the list."""
    python, stamp = folder / "bin" / "python", folder / "installed.txt"
    wanted = requirements.read_text()
    if not stamp.exists() or stamp.read_text() != wanted:
        print("installing the peers", file=sys.stderr, flush=True)
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "-r", requirements], check=True)
        stamp.write_text(wanted)
    return python
