"""The extension is built of what the project is built of."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from conftest import PROJECT

HERE = PROJECT / "embed/python"


def locked(path: Path) -> dict[tuple[str, str], str]:
    """The checksums by name and version. What belongs to the project has none."""
    packages = re.findall(r'name = "(.*)"\nversion = "(.*)"\nsource = ".*"\nchecksum = "(.*)"', path.read_text(encoding="utf-8"))
    return {(name, version): checksum for name, version, checksum in packages}


def test_versions_are_those_of_the_project() -> None:
    ours, theirs = locked(HERE / "Cargo.lock"), locked(PROJECT / "Cargo.lock")
    own = {name for name, _ in ours.keys() - theirs.keys()}
    assert len(ours) > 100 and own <= {"pyo3", "pyo3-build-config", "pyo3-ffi", "pyo3-macros", "pyo3-macros-backend"}, own
    assert all(theirs[one] == checksum for one, checksum in ours.items() if one in theirs)


@pytest.mark.skipif(shutil.which("cargo") is None, reason="it asks cargo")
def test_the_runtime_has_the_features_that_it_has_in_the_projects_tests() -> None:
    """Else it is built a second time, which takes minutes. Add what is missing to the feature `as-project`."""

    def tree(folder: Path, *arguments: str) -> list[str]:
        command = ["cargo", "tree", "--locked", "--offline", "--format", "{p}|{f}", *arguments]
        lines = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=1800).stdout.splitlines()
        return [line.removesuffix(" (*)") for line in lines]

    def parts(line: str) -> tuple[int, str]:
        depth = re.match(r"\d+", line)
        assert depth is not None
        return int(depth[0]), line[depth.end() :]

    ours = tree(HERE, "--prefix", "depth", "--no-dedupe", "--edges", "normal,no-proc-macro", "--features", "as-project")
    depths = [parts(line) for line in ours]
    begin = next(at for at, (_, package) in enumerate(depths) if package.startswith("wasmtime v"))
    runtime: set[str] = set()
    # What is deeper than the runtime is what it is built of.
    for depth, package in depths[begin:]:
        if runtime and depth <= depths[begin][0]:
            break
        runtime.add(package)
    assert len(runtime) > 50
    theirs = tree(PROJECT, "--prefix", "none", "--edges", "normal,dev,no-proc-macro", "--workspace")
    assert runtime - set(theirs) == set()
