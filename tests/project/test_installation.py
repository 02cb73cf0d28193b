"""What `make` and `pip install` put on a machine: locked packages, one version, data beside the code."""

import importlib.metadata
import importlib.util
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from types import ModuleType

import pytest
from support import ROOT

import engine

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "requirements").glob("*.txt")}
SHOWN = ("format", "html", "population", "watch")
NEEDED = {
    # With what the README shows, so that its commands work after `make demo`.
    "base": [
        *PROJECT["project"]["dependencies"],
        *(one for name in SHOWN for one in PROJECT["project"]["optional-dependencies"][name]),
    ],
    "test": PROJECT["project"]["optional-dependencies"]["test"],
    "build": PROJECT["dependency-groups"]["build"],
}


def name_of(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found, requirement
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def packages(lock: str) -> dict[str, tuple[str, int]]:
    """Each locked package with its version and its number of hashes."""
    entries = re.split(r"^(?=[a-z0-9])", lock, flags=re.MULTILINE)[1:]
    found = [(re.match(r"([a-z0-9-]+)==(\S+)", entry), entry.count("--hash=sha256:")) for entry in entries]
    return {match[1]: (match[2], hashes) for match, hashes in found if match}


@pytest.mark.parametrize("name", NEEDED)
def test_a_lock_holds_all_that_the_project_asks_for(name: str) -> None:
    missing = {name_of(requirement) for requirement in NEEDED[name]} - packages(LOCKS[name]).keys()
    assert not missing


@pytest.mark.parametrize("name", NEEDED)
def test_everything_locked_has_one_version_and_a_hash(name: str) -> None:
    locked = packages(LOCKS[name])
    assert locked and all(hashes for _, hashes in locked.values())
    requirements = re.findall(r"^[A-Za-z0-9].*$", LOCKS[name], flags=re.MULTILINE)
    assert len(requirements) == len(locked)


def test_the_locks_agree_with_each_other() -> None:
    everything = packages(LOCKS["test"])
    for name in ("base", "build"):
        assert packages(LOCKS[name]).items() <= everything.items()


@pytest.mark.parametrize("name", NEEDED)
def test_a_lock_names_no_index_and_no_folder_of_the_machine_it_was_made_on(name: str) -> None:
    """Options, addresses and absolute paths would tie an install to one machine or one mirror."""
    for line in LOCKS[name].splitlines():
        assert re.fullmatch(r" *#.*|[a-z0-9-]+==\S+( ; .*)? \\| +--hash=sha256:\w{64}( \\)?", line), line
        assert not re.search(r"://|file:|(^|[\s'\"=])[/~]|[A-Za-z]:\\", line), line


def test_the_version_is_the_same_everywhere() -> None:
    assert PROJECT["project"]["version"] == engine.ENGINE_VERSION


def test_what_is_installed_is_this_version() -> None:
    pytest.importorskip("hatchling", reason="not the environment that `make install` makes")
    assert importlib.metadata.version("xeploai") == engine.ENGINE_VERSION


@pytest.fixture(scope="module")
def unpacked_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("hatchling", reason="not the environment that `make install` makes")
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert built.returncode == 0, built.stderr
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def files_under(folder: Path) -> set[str]:
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {path.as_posix() for path in found if "__pycache__" not in path.parts}


def test_a_wheel_holds_the_engine_and_all_policies_and_schemas(unpacked_wheel: Path) -> None:
    inside = unpacked_wheel / "engine"
    for name in ("policies", "schemas"):
        assert files_under(inside / "_data" / name) == files_under(ROOT / name) != set()
    code = {name for name in files_under(inside) if not name.startswith("_data/")}
    assert code == files_under(ROOT / "engine")


def test_a_wheel_brings_the_engine_and_its_public_name(unpacked_wheel: Path) -> None:
    version = engine.ENGINE_VERSION
    assert {path.name for path in unpacked_wheel.iterdir()} == {
        "engine", "xeploai", f"xeploai-{version}.dist-info"
    }  # fmt: skip
    assert files_under(unpacked_wheel / "xeploai") == files_under(ROOT / "xeploai")


def test_an_installed_engine_checks_its_policies_away_from_the_repository(unpacked_wheel: Path, tmp_path: Path) -> None:
    policies = unpacked_wheel / "engine" / "_data" / "policies"
    program = "import engine.cli; print(engine.__file__); engine.cli.main()"
    run = subprocess.run(
        [sys.executable, "-c", program, "check", "--policies", str(policies)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(unpacked_wheel), "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert run.stdout.startswith(str(unpacked_wheel))
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.fixture
def install() -> ModuleType:
    """The install script as a module of its own, so that a test may change what it sees of the machine."""
    spec = importlib.util.spec_from_file_location("install", ROOT / "requirements" / "install.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_both_ways_to_build_durable_rules_pass_the_same_flags(install: ModuleType) -> None:
    flags = PROJECT["tool"]["uv"]["extra-build-variables"]["durable-rules"]["CPPFLAGS"]
    assert flags == install.BUILD_FLAGS


def test_a_machine_without_a_compiler_is_told_in_both_languages(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CC", "no-such-compiler")
    with pytest.raises(install.Stop) as stop:
        install.check_compiler()
    vietnamese, english = stop.value.args
    assert vietnamese.startswith("Máy chưa có trình biên dịch C")
    assert english.startswith("There is no C compiler")


def test_a_python_without_its_headers_is_told_which_file_is_missing(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(install, "INCLUDES", [str(tmp_path)])
    with pytest.raises(install.Stop, match=r"Python\.h"):
        install.check_compiler()


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        ("WARNING: Retrying (Retry(total=4)) after connection broken by NewConnectionError", "PyPI"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "differs"),
        ("rules.c:1: fatal error: x\nERROR: Failed building wheel for durable-rules", "could not be compiled"),
        ("ERROR: No matching distribution found for rpds-py==1", "no ready-made package"),
        ("OSError: [Errno 28] No space left on device", "disk"),
        ("something nobody thought of", "failed"),
    ],
)
def test_what_pip_prints_becomes_a_plain_sentence(install: ModuleType, printed: str, said: str) -> None:
    vietnamese, english = install.explain(printed)
    assert said in english
    assert "error" not in vietnamese + english


def test_an_install_that_did_not_end_is_not_taken_for_one_that_did(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    note = tmp_path / "installed.txt"
    monkeypatch.setattr(install, "NOTE", note)
    monkeypatch.setattr(install, "PYTHON", Path(sys.executable))
    assert install.read_note("now") is None
    for text, expected in [("", None), ("test", None), ("test before\n", None), ("base now\n", "base")]:
        note.write_text(text, encoding="utf-8")
        assert install.read_note("now") == expected
