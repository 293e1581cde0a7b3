"""Set up a private environment for nullcline and run a command in it; needs nothing but Python."""

# This file must parse on every Python, 2.7 included, so that it can say which one it needs:
# no f-strings, no annotations, no keyword-only arguments, no trailing comma after *arguments.
from __future__ import print_function

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time

NEEDED = (3, 11)
NEWER = ["python3.14", "python3.13", "python3.12", "python3.11", "python3", "python"]
UV_PYTHON = ">=3.11,<3.15"  # the versions that all dependencies are known to support
ROOT = os.path.dirname(os.path.abspath(__file__))
WINDOWS = os.name == "nt"
NO_SETUP = 3  # the exit code when the environment could not be made; all others are the command's own

USAGE = """\
usage: python3 run.py report [ARGUMENTS]     write the report of the tutorial's bistable case, w=5, I_ext=0.5;
                                             of another one if the arguments name a model or set parameters
       python3 run.py test [ARGUMENTS]       run the tests but the slow ones; the arguments go to pytest: all with -m ""
       python3 run.py COMMAND [ARGUMENTS]    any other command of nullcline, such as: fixed-points --set w=5

The first run makes a private environment in .venv (or in the folder that NULLCLINE_VENV names) and installs into it
what the command needs, with uv where there is one, else with venv and pip. Later runs start at once.
`python3 run.py --help` prints this, `python3 run.py COMMAND --help` explains one command."""

# What a command needs beyond the base dependencies: extras of setup.cfg. Where fixed points of a formula of one's own
# are searched there is "certify"; `export` and `new` do without.
EXTRAS = {
    "report": ["certify", "pdf"],
    "fixed-points": ["certify"],
    "simulate": ["certify"],
    "check-answer": ["certify"],
    "verify": ["certify", "verify"],
    "test": ["test"],
}

BISTABLE_CASE = ["--set", "w=5", "--set", "I_ext=0.5"]
TEST_DEFAULTS = ["--numprocesses=auto", "--maxprocesses=4", "--dist=loadgroup", "-m", "not slow"]


class SetupError(Exception):
    """The environment could not be made; the text says why and what to do."""


def main(arguments):
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(USAGE)
        return 0
    if sys.version_info < NEEDED:
        return hand_over(arguments)
    try:
        environment = Environment(os.environ.get("NULLCLINE_VENV") or os.path.join(ROOT, ".venv"))
        environment.prepare(EXTRAS.get(arguments[0], []))
    except SetupError as error:
        say(str(error))
        return NO_SETUP
    return call(command(environment, arguments), cwd=ROOT if arguments[0] == "test" else None)


def command(environment, arguments):
    """The command line that runs in the environment."""
    name, rest = arguments[0], arguments[1:]
    if name == "test":
        # -P: the working folder is not importable, or symbolic/ would be a package of that name.
        return [environment.python, "-P", "-m", "pytest"] + TEST_DEFAULTS + rest
    if name == "report" and not has_model(rest):
        rest = BISTABLE_CASE + rest
    return [environment.program("nullcline"), name] + rest


def has_model(arguments):
    """Whether the arguments choose a model or its parameters themselves, or ask for help."""
    return any(
        argument in ("single", "wilson-cowan", "--help", "-h")
        or argument.startswith("--set")
        or argument.endswith(".toml")
        for argument in arguments
    )


class Environment:
    """A virtual environment with the project installed into it as editable, so that edits need no second install.

    `nullcline-setup.json` is written last and holds what the install was made from; `nullcline-setup.log` is written
    first. A log without the other file is a setup that did not finish, and the environment is made anew.
    """

    def __init__(self, folder):
        self.folder = os.path.abspath(os.path.expanduser(folder))
        self.python = self.program("python")
        self.stamp = os.path.join(self.folder, "nullcline-setup.json")
        self.log = os.path.join(self.folder, "nullcline-setup.log")

    def program(self, name):
        if WINDOWS:
            return os.path.join(self.folder, "Scripts", name + ".exe")
        return os.path.join(self.folder, "bin", name)

    def prepare(self, extras):
        """Make the environment hold the project and these extras; do nothing when it already does."""
        if self.holds(extras):
            return
        try:
            os.makedirs(os.path.dirname(self.folder), exist_ok=True)
            with only_one(self.folder + ".lock"):
                if not self.holds(extras):  # another run may have made it while this one waited
                    self.make(extras)
        except OSError as error:
            raise SetupError(
                "cannot write the environment %s (%s). Set NULLCLINE_VENV to a folder you can write."
                % (self.folder, error.strerror or error)
            )

    def holds(self, extras):
        made_from = read_json(self.stamp)
        return (
            made_from.get("source") == self.source()
            and set(extras) <= set(made_from.get("extras", []))
            and os.path.exists(self.python)
        )

    def source(self):
        """What an install is made from: the two files that say what is needed, the Python version and the place."""
        digest = hashlib.sha256()
        for name in ("setup.cfg", "pyproject.toml"):
            with open(os.path.join(ROOT, name), "rb") as file:
                digest.update(file.read() + b"\0")
        digest.update(repr((sys.version_info[:2], self.folder, ROOT)).encode("utf-8"))
        return digest.hexdigest()

    def make(self, extras):
        extras = sorted(set(extras) | set(read_json(self.stamp).get("extras", [])))
        uv = shutil.which("uv")
        started = time.time()
        if not self.usable():
            self.clear()
            say("making a private environment: %s" % shown(self.folder))
            self.create(uv)
        if os.path.exists(self.stamp):
            os.remove(self.stamp)
        say("installing nullcline and what it needs (about a minute the first time)")
        self.install(".[%s]" % ",".join(extras) if extras else ".", uv)
        write_atomically(self.stamp, json.dumps({"source": self.source(), "extras": extras}, indent=1))
        say("ready after %d s" % round(time.time() - started))

    def usable(self):
        """Whether a working environment of this Python version is there, and not one from an unfinished setup."""
        if os.path.exists(self.log) and not os.path.exists(self.stamp):
            return False
        try:
            version = subprocess.check_output([self.python, "-c", "import sys; print(sys.version_info[:2])"])
        except (OSError, subprocess.CalledProcessError):
            return False
        return version.decode("ascii", "replace").strip() == str(sys.version_info[:2])

    def clear(self):
        """Remove what is there, if it is an environment; refuse to remove anything else."""
        if not os.path.lexists(self.folder):
            return
        inside = os.listdir(self.folder) if os.path.isdir(self.folder) else ["not a folder"]
        if inside and not {"pyvenv.cfg", os.path.basename(self.log)} & set(inside):
            raise SetupError(
                "%s is there and is not a virtual environment. Move it, or set NULLCLINE_VENV to another folder."
                % self.folder
            )
        shutil.rmtree(self.folder)

    def create(self, uv):
        if uv and self.logged([uv, "venv", "--quiet", "--python", sys.executable, self.folder]) == 0:
            return
        if not has_ensurepip():
            raise SetupError(
                "Python %d.%d has no ensurepip here, which a private environment needs. On Debian and Ubuntu:\n"
                "    sudo apt install python3-venv\n"
                "then run this again. (Or install uv, https://docs.astral.sh/uv: it does without.)"
                % sys.version_info[:2]
            )
        self.clear()
        if self.logged([sys.executable, "-m", "venv", self.folder]) != 0:
            raise self.failure("The environment could not be made.")

    def install(self, target, uv):
        with open(self.log, "a"):
            pass
        if uv:
            if self.logged([uv, "pip", "install", "--python", self.python, "--editable", target]) == 0:
                return
            say("uv could not install it; trying pip")
        if self.logged([self.python, "-m", "pip", "--version"]) != 0:
            self.logged([self.python, "-m", "ensurepip"])
        pip = [self.python, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar=off"]
        if self.logged(pip + ["--editable", target]) != 0:
            raise self.failure(
                "The installation failed. If this machine is offline or behind a proxy, connect it or set HTTPS_PROXY "
                "(a package mirror: PIP_INDEX_URL), then run the same command again: it starts afresh."
            )

    def logged(self, arguments):
        """Run a step of the setup, its output into the log; return its exit code."""
        code, self.output = run_quietly(arguments)
        if os.path.isdir(self.folder):  # it is what the first step makes
            with open(self.log, "ab") as log:
                log.write(("$ " + " ".join(arguments) + "\n").encode("utf-8") + self.output)
        return code

    def failure(self, advice):
        last = self.output.decode("utf-8", "replace").strip().splitlines()[-12:]
        where = ["The whole log: " + self.log] if os.path.exists(self.log) else []
        return SetupError(
            "\n".join(["the last lines of the log:"] + ["    " + line for line in last] + [advice] + where)
        )


def hand_over(arguments):
    """Run this script with a newer Python if there is one on PATH; say what is needed if not."""
    found = newer_python()
    if found:
        return call(found + [os.path.abspath(__file__)] + arguments)
    say(
        "nullcline needs Python %d.%d or newer; this is Python %d.%d (%s). Install one from your system's packages or "
        "https://www.python.org/downloads, then run this script with it."
        % (NEEDED + tuple(sys.version_info[:2]) + (sys.executable,))
    )
    return NO_SETUP


def newer_python():
    """The command of a Python that is new enough, or None."""
    candidates = [[path] for path in map(which, NEWER) if path]
    if which("py"):
        candidates += [[which("py"), "-3"], [which("py"), "-3.11"]]
    if which("uv"):  # it fetches one if it has to
        candidates.append([which("uv"), "run", "--no-project", "--python", UV_PYTHON, "python"])
    for candidate in candidates:
        # Asked for its version, not trusted for its name: it may be a stub that only offers to install one.
        check = "import sys; sys.exit(sys.version_info[:2] < (%d, %d))" % NEEDED
        if run_quietly(candidate + ["-c", check])[0] == 0:
            return candidate
    return None


def which(name):
    """shutil.which, which Python 2 lacks."""
    endings = os.environ.get("PATHEXT", ".EXE").split(os.pathsep) if WINDOWS else [""]
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        for ending in endings:
            path = os.path.join(folder, name + ending)
            if os.path.isfile(path) and os.access(path, os.X_OK):
                return path
    return None


def has_ensurepip():
    # Debian ships venv but not ensurepip unless python3-venv is installed.
    import importlib.util

    return all(importlib.util.find_spec(name) for name in ("venv", "ensurepip"))


def clean_environment():
    """The variables of this process without those that would lead an install or an import outside the environment."""
    foreign = ("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__", "PIP_TARGET", "PIP_PREFIX", "PIP_USER")
    return {name: value for name, value in os.environ.items() if name not in foreign}


def run_quietly(arguments):
    """Run a command; return its exit code and all it printed."""
    try:
        process = subprocess.Popen(
            arguments,
            cwd=ROOT,
            env=clean_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    except OSError as error:
        return 127, ("%s: %s\n" % (arguments[0], error)).encode("utf-8")
    output = process.communicate()[0]
    return process.returncode, output


def call(arguments, cwd=None):
    """Run the command in the foreground; return its exit code."""
    try:
        code = subprocess.call(arguments, cwd=cwd, env=clean_environment())
    except OSError as error:
        say("cannot run %s: %s" % (arguments[0], error))
        return NO_SETUP
    return code if code >= 0 else 128 - code  # killed by signal n: 128 + n, as shells say it


@contextlib.contextmanager
def only_one(path):
    """Let one process at a time in. The system drops the lock when its holder ends, however that happens."""
    with open(path, "a") as file:
        if WINDOWS:
            import msvcrt

            def take():
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            def take():
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

        waiting = False
        while True:
            try:
                take()
                break
            except OSError:
                if not waiting:
                    say("another run is setting up the environment; waiting for it")
                waiting = True
                time.sleep(0.5)
        yield


def read_json(path):
    try:
        with open(path) as file:
            return json.load(file)
    except (OSError, ValueError):
        return {}


def write_atomically(path, text):
    with open(path + ".new", "w") as file:
        file.write(text)
    os.replace(path + ".new", path)


def shown(path):
    """The path as short as it can be said from here."""
    try:
        relative = os.path.relpath(path)
    except ValueError:  # another drive
        return path
    return path if relative.startswith("..") else relative


def say(text):
    # stderr: the command's own output may be meant for another program.
    print("run.py: " + text, file=sys.stderr)
    sys.stderr.flush()


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        say("interrupted")
        sys.exit(130)
