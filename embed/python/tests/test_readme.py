"""What README.md shows runs, prints what it says, and has the types that it seems to have."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import clearance

PACKAGE = Path(__file__).resolve().parents[1]
TEXT = (PACKAGE / "README.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


def run(*arguments: str | Path, cwd: Path) -> str:
    done = subprocess.run([sys.executable, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, timeout=1800)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_first_example_prints_what_its_comment_says(tmp_path: Path) -> None:
    example = SNIPPETS[0]
    promised = re.findall(r"print\(.*\)  # (.*)", example)
    assert promised
    (tmp_path / "example.py").write_text(example, encoding="utf-8")
    assert run("example.py", cwd=tmp_path).splitlines() == promised


def test_every_snippet_has_the_types_that_it_seems_to_have(tmp_path: Path) -> None:
    assert len(SNIPPETS) > 4
    # Each is a module, after what the first one loads.
    shared = "from clearance import *\nauthorizer = Authorizer.load('')\n"
    for number, snippet in enumerate(SNIPPETS):
        text = snippet if number == 0 else shared + snippet
        (tmp_path / f"snippet{number}.py").write_text(text, encoding="utf-8")
    run("-m", "mypy", "--strict", "--no-error-summary", "--cache-dir", tmp_path / "cache", *sorted(tmp_path.glob("*.py")), cwd=tmp_path)


def test_the_package_and_its_tests_are_typed(tmp_path: Path) -> None:
    tests = PACKAGE / "tests"
    installed = Path(clearance.__file__).parent
    assert (installed / "py.typed").exists()
    settings = ("--config-file", PACKAGE / "pyproject.toml", "--cache-dir", tmp_path / "cache")
    run("-m", "mypy", *settings, "-p", "clearance", cwd=tmp_path)
    run("-m", "mypy", *settings, ".", cwd=tests)


def test_the_stub_says_what_the_extension_has(tmp_path: Path) -> None:
    run("-m", "mypy.stubtest", "clearance._native", cwd=tmp_path)
