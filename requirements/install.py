"""Set up .venv from the lock files beside this script: `python install.py base`, `test` or `spark`; run by `make`.

It looks first at what the machine lacks and says so in plain words; what pip and the C compiler print goes
to .venv/install.log. The note of what is installed is written last, so that an interrupted run starts over,
and a run with nothing to do ends at once. Standard library only.
"""

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOG = VENV / "install.log"
NOTE = VENV / "installed.txt"
PYTHON = VENV / "bin" / "python"
SETS = ("base", "test", "spark")  # each holds the one before it
VERSION = "{}.{}".format(*sys.version_info)
# Inside an active virtual environment, which may be .venv itself, the Python that it was made from.
OUTER_PYTHON = getattr(sys, "_base_executable", sys.executable)
LOCKED = ("--require-hashes", "--only-binary", ":all:")
INCLUDES = [sysconfig.get_path(name) for name in ("include", "platinclude")]

# durable-rules exists as C source only. Its setup.py drops Python's own flags (so nothing is optimised), and
# it calls PyEval_CallObject, which Python 3.13 removed; PyObject_CallObject takes the same and does the same.
BUILD_FLAGS = "-O2 -DPyEval_CallObject=PyObject_CallObject"

FIRES_A_RULE = """
import durable_rules_engine as engine
rules = engine.create_ruleset("probe", '{"0": {"all": [{"m": {"$gte": {"a": 18}}}]}}')
code, state = engine.assert_fact(rules, '{"id": "1", "a": 18}')
assert code == 0 and engine.start_action_for_state(rules, state)[1].startswith('{"0"')
"""


class Stop(Exception):
    """Why this cannot go on and what a person can do about it: in Vietnamese, and in English."""


def main(wanted):
    try:
        check_python()
        here = fingerprint()
        installed = read_note(here)
        if installed and SETS.index(installed) >= SETS.index(wanted):
            return 0
        check_venv()
        compiler = check_compiler()
        say("Đang chuẩn bị .venv, mất khoảng một phút…", "Setting up .venv, this takes about a minute…")
        NOTE.unlink(missing_ok=True)
        if not installed:
            make_venv()
            install_base(compiler)
        if wanted in ("test", "spark"):
            pip(*LOCKED, "--no-binary", "durable-rules", "-r", "requirements/test.txt")
        if wanted == "spark":
            # pyspark exists as source only: Python and the jars that it starts, nothing to compile.
            from_source = ("--no-binary", "durable-rules,pyspark", "--no-build-isolation")
            pip(*LOCKED, *from_source, "-r", "requirements/spark.txt")
        NOTE.write_text(f"{wanted} {here}\n", encoding="utf-8")
        say("Đã cài xong.", "Installed.")
        return 0
    except Stop as stop:
        say(*stop.args)
        return 1
    except OSError as error:
        say(f"Không đọc hoặc ghi được tệp: {error}", f"A file cannot be read or written: {error}")
        return 1
    except KeyboardInterrupt:
        say("Đã dừng giữa chừng; lần chạy sau làm lại từ đầu.", "Interrupted; the next run starts over.")
        return 130


def say(vietnamese, english):
    sys.stderr.buffer.write(f"{vietnamese}\n{english}\n".encode())  # whatever the locale
    sys.stderr.buffer.flush()


# --- what the machine must have ---------------------------------------------------------------------------


def check_python():
    if sys.version_info < (3, 11):  # noqa: UP036 - the very Python that this is about may be running it
        raise Stop(
            f"Cần Python 3.11 trở lên, đây là {VERSION}. Hãy cài bản mới hơn, rồi: make PYTHON=python3.12",
            f"Python 3.11 or newer is needed, this is {VERSION}. Install one, then: make PYTHON=python3.12",
        )


def check_venv():
    # Debian and Ubuntu ship Python without these two modules.
    probe = [OUTER_PYTHON, "-c", "import venv, ensurepip; ensurepip.version()"]
    if subprocess.run(probe, capture_output=True).returncode:
        remedy = f"sudo apt install python{VERSION}-venv (Debian, Ubuntu)"
        raise Stop(
            f"Python {VERSION} này thiếu venv hoặc ensurepip. Hãy cài: {remedy}",
            f"This Python {VERSION} lacks venv or ensurepip. Install it: {remedy}",
        )


def check_compiler():
    """The command of a C compiler that can compile and link for this Python."""
    configured = os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc"
    compilers = [name for name in (configured, "cc", "gcc", "clang") if shutil.which(shlex.split(name)[0])]
    if not compilers:
        remedy = packages("build-essential", "gcc")
        raise Stop(
            f"Máy chưa có trình biên dịch C, cần để cài durable-rules. Hãy cài: {remedy}",
            f"There is no C compiler here, and durable-rules needs one. Install it: {remedy}",
        )
    if not any(Path(folder, "Python.h").exists() for folder in INCLUDES):
        remedy = packages(f"python{VERSION}-dev", f"python{VERSION}-devel")
        raise Stop(
            f"Python {VERSION} này thiếu tệp Python.h, cần để cài durable-rules. Hãy cài: {remedy}",
            f"This Python {VERSION} lacks the file Python.h, which durable-rules needs. Install it: {remedy}",
        )
    for compiler in compilers:
        if can_compile(compiler):
            return compiler
    remedy = packages("build-essential", "gcc glibc-devel")
    raise Stop(
        f"Trình biên dịch C `{compilers[0]}` không dịch nổi một chương trình nhỏ. Hãy cài cho đủ: {remedy}",
        f"The C compiler `{compilers[0]}` cannot compile even a small program. Complete it: {remedy}",
    )


def can_compile(compiler):
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "probe.c")
        source.write_text("#include <Python.h>\nint main(void) { return 0; }\n", encoding="utf-8")
        includes = [f"-I{include}" for include in INCLUDES]
        command = [*shlex.split(compiler), *includes, str(source), "-o", str(source.with_suffix(""))]
        return subprocess.run(command, capture_output=True).returncode == 0


def packages(debian, fedora):
    if sys.platform == "darwin":
        return "xcode-select --install"
    return f"sudo apt install {debian} (Debian, Ubuntu), sudo dnf install {fedora} (Fedora)"


# --- what .venv holds -------------------------------------------------------------------------------------


def fingerprint():
    """Changes with the Python, the folder, the locks, the project's metadata and this script."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    metadata = project["project"], project["tool"]["hatch"]
    digest = hashlib.sha256(repr((sys.version, sys.base_prefix, VENV, metadata)).encode())
    for path in [*sorted((ROOT / "requirements").glob("*.txt")), Path(__file__)]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def read_note(here):
    """The set that is wholly installed for this fingerprint, or None."""
    if not NOTE.exists() or not PYTHON.exists():
        return None
    words = NOTE.read_text(encoding="utf-8").split()
    return words[0] if words in [[name, here] for name in SETS] else None


def make_venv():
    made = subprocess.run([OUTER_PYTHON, "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True)
    if made.returncode:
        reason = " ".join((made.stderr or made.stdout).split()[-30:])
        raise Stop(f"Không tạo được {VENV}: {reason}", f"Cannot make {VENV}: {reason}")


def install_base(compiler):
    pip(*LOCKED, "-r", "requirements/build.txt")
    # Not from pip's cache: a wheel of durable-rules there may have been built without the flags.
    from_source = ("--no-binary", "durable-rules", "--no-build-isolation", "--no-cache-dir", "--verbose")
    output = pip(*LOCKED, *from_source, "-r", "requirements/base.txt", CPPFLAGS=BUILD_FLAGS, CC=compiler)
    check_build(output)
    pip("--no-deps", "--no-build-isolation", "--no-index", "--editable", ".")


def check_build(output):
    """durable-rules must have been compiled optimised (as far as the output tells) and fire a rule."""
    compiled = [line for line in output.splitlines() if re.search(r"\s-c src/rules", line)]
    levels = [re.findall(r"\s-O(\S*)", line)[-1:] for line in compiled]
    probe = subprocess.run([str(PYTHON), "-c", FIRES_A_RULE], capture_output=True, text=True, timeout=60)
    log(f"optimisation of each C file: {levels}; a rule fires: {probe.returncode == 0}\n{probe.stderr}")
    if probe.returncode or any(level != ["2"] for level in levels):
        raise Stop(
            f"Đã dịch durable-rules nhưng nó chạy không đúng với Python {VERSION}. Chi tiết: {LOG}",
            f"durable-rules was compiled but does not work with Python {VERSION}. Details: {LOG}",
        )


def pip(*arguments, **variables):
    """Run `pip install` in .venv and return what it printed. Raises Stop."""
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", *arguments]
    environment = {**os.environ, **variables, "PIP_USER": "0", "PYTHONUTF8": "1"}
    run = subprocess.run(
        command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, encoding="utf-8", errors="replace",
    )  # fmt: skip
    log(f"$ {shlex.join(command)}\n{run.stdout}")
    if run.returncode:
        vietnamese, english = explain(run.stdout)
        raise Stop(f"{vietnamese} Chi tiết: {LOG}", f"{english} Details: {LOG}")
    return run.stdout


def explain(output):
    """The first known cause that pip's output shows, as a sentence in each language."""
    supported = "Python 3.11, 3.12, 3.13 (Linux, macOS)"
    causes = {
        "No space left on device": ("Ổ đĩa đã đầy.", "The disk is full."),
        "DO NOT MATCH THE HASHES": (
            "Một gói tải về khác với gói đã khoá, nên không được cài.",
            "A downloaded package differs from the locked one and was not installed.",
        ),
        "Failed (building|to build).*durable": (
            f"Không dịch được durable-rules với Python {VERSION}; hãy dùng {supported}.",
            f"durable-rules could not be compiled with Python {VERSION}; use {supported}.",
        ),
        "Retrying|Connection|Timeout|SSLError|HTTPError|Could not fetch URL": (
            "Không tải được gói: cần vào được PyPI, hoặc một kho gói nội bộ đã đặt cho pip.",
            "Packages cannot be downloaded: PyPI must be within reach, or a mirror that pip is set to use.",
        ),
        "No matching distribution": (
            f"Không có gói dựng sẵn cho máy này với Python {VERSION}; hãy dùng {supported}.",
            f"There is no ready-made package for this machine with Python {VERSION}; use {supported}.",
        ),
        "": ("Cài đặt không thành.", "The installation failed."),
    }
    return next(sentences for pattern, sentences in causes.items() if re.search(pattern, output))


def log(text):
    with LOG.open("a", encoding="utf-8") as file:
        file.write(text + "\n")


if __name__ == "__main__":
    if sys.argv[1:] not in [[name] for name in SETS]:
        sys.exit("usage: python requirements/install.py base|test|spark")
    sys.exit(main(sys.argv[1]))
