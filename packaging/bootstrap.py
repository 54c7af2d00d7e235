"""Sets Legwork up in this folder and runs it: the only thing that a fresh machine needs is Python.

    python3 packaging/bootstrap.py legwork [ARGUMENTS]    the window, or with arguments the command line
    python3 packaging/bootstrap.py pytest [ARGUMENTS]     the tests, run from the project's folder

Everything goes into `.venv` in the project (`LEGWORK_VENV` names another folder), in the exact versions of
`constraints.txt`; nothing is installed globally except, by root on Debian, the system packages that pip cannot bring.
What the set-up has to say goes to stderr: stdout belongs to the program.

A set-up is recorded by a stamp per list of versions, a copy of that list. While pip works, a mark lies beside the
stamps: found later, it means that somebody pulled the plug, and the folder is made anew. The file keeps to what
Python 3.9 can read, so that an old Python can still say what is missing.
"""

import os
import sys

PROJECT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PACKAGING = os.path.join(PROJECT, "packaging")
OLDEST, TOO_NEW = (3, 11), (3, 15)
PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"
SET_UP_FAILED = 2
WITHOUT_A_WINDOW = (
    "\nWithout a window less is needed:  python3 packaging/bootstrap.py legwork run …  (or: legwork serve)"
)

# What the model's runtime finds on the system, not in its wheel: library, Debian's package, Fedora's package.
RUNTIME_LIBRARIES = (("libgomp.so.1", "libgomp1", "libgomp"), ("libstdc++.so.6", "libstdc++6", "libstdc++"))
RUNS_MODELS = ("run", "submit", "serve")
# The same for PySide6, with its plugins for X11 (and so for Xvfb) and Wayland.
QT_LIBRARIES = (
    ("libEGL.so.1", "libegl1", "libglvnd-egl"),
    ("libGL.so.1", "libgl1", "libglvnd-glx"),
    ("libX11.so.6", "libx11-6", "libX11"),
    ("libdbus-1.so.3", "libdbus-1-3", "dbus-libs"),
    ("libfontconfig.so.1", "libfontconfig1", "fontconfig"),
    ("libfreetype.so.6", "libfreetype6", "freetype"),
    ("libglib-2.0.so.0", "libglib2.0-0", "glib2"),
    ("libgthread-2.0.so.0", "libglib2.0-0", "glib2"),
    ("libxkbcommon.so.0", "libxkbcommon0", "libxkbcommon"),
    ("libX11-xcb.so.1", "libx11-xcb1", "libX11-xcb"),
    ("libxcb-cursor.so.0", "libxcb-cursor0", "xcb-util-cursor"),
    ("libxcb-icccm.so.4", "libxcb-icccm4", "xcb-util-wm"),
    ("libxcb-image.so.0", "libxcb-image0", "xcb-util-image"),
    ("libxcb-keysyms.so.1", "libxcb-keysyms1", "xcb-util-keysyms"),
    ("libxcb-randr.so.0", "libxcb-randr0", "libxcb"),
    ("libxcb-render-util.so.0", "libxcb-render-util0", "xcb-util-renderutil"),
    ("libxcb-render.so.0", "libxcb-render0", "libxcb"),
    ("libxcb-shape.so.0", "libxcb-shape0", "libxcb"),
    ("libxcb-shm.so.0", "libxcb-shm0", "libxcb"),
    ("libxcb-sync.so.1", "libxcb-sync1", "libxcb"),
    ("libxcb-util.so.1", "libxcb-util1", "xcb-util"),
    ("libxcb-xfixes.so.0", "libxcb-xfixes0", "libxcb"),
    ("libxcb-xkb.so.1", "libxcb-xkb1", "libxcb"),
    ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0", "libxkbcommon-x11"),
    ("libwayland-client.so.0", "libwayland-client0", "libwayland-client"),
    ("libwayland-cursor.so.0", "libwayland-cursor0", "libwayland-cursor"),
)
# What makes environments: Debian keeps it in a package of its own.
VENV = tuple((module, f"python{PYTHON}-venv", "python3") for module in ("venv", "ensurepip"))
# What sends a notification, what code runs in, and what the tests put in place of a desktop: screen, graphics card.
NOTIFIER, SANDBOX = ("notify-send", "libnotify-bin", "libnotify"), ("bwrap", "bubblewrap", "bubblewrap")
SEEN = (("Xvfb", "xvfb", "xorg-x11-server-Xvfb"), ("libvulkan_lvp.so", "mesa-vulkan-drivers", "mesa-vulkan-drivers"))
TEST_PROGRAMS = (NOTIFIER, SANDBOX, *SEEN, ("dbus-run-session", "dbus", "dbus-daemon"), ("curl", "curl", "curl"))


class SetUpStopped(Exception):
    """The set-up cannot go on; the message says what happened, what was kept and what to do."""


class Environment:
    """The virtual environment: where its parts lie, and what has been put into it."""

    def __init__(self, folder):
        self.folder = folder
        self.python = os.path.join(folder, *(("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")))
        self.lock = folder + ".lock"
        self.mark = os.path.join(folder, "legwork-set-up-under-way")

    def has(self, name, wanted):
        """Whether the stamp `name` says exactly what is wanted, under this Python."""
        try:
            with open(self._stamp(name), encoding="utf-8") as stamp:
                return stamp.read() == self._stamped(wanted)
        except (OSError, UnicodeDecodeError):
            return False

    def remember(self, name, wanted):
        """Write the stamp `name`, in one step: it is there whole or not at all."""
        unfinished = self._stamp(name) + ".new"
        with open(unfinished, "w", encoding="utf-8") as stamp:
            stamp.write(self._stamped(wanted))
        os.replace(unfinished, self._stamp(name))

    def forget(self, name):
        """Remove the stamp `name`."""
        if os.path.exists(self._stamp(name)):
            os.remove(self._stamp(name))

    def _stamp(self, name):
        return os.path.join(self.folder, "legwork-" + name)

    @staticmethod
    def _stamped(wanted):
        return "Python " + PYTHON + "\n" + wanted


def say(message):
    """Tell the person, on stderr."""
    print(message, file=sys.stderr, flush=True)


def read(name):
    """The text of a list of versions."""
    with open(os.path.join(PACKAGING, name), encoding="utf-8") as file:
        return file.read()


def main(arguments):
    """Set up what the named program needs, then become it. Returns an exit code only where it could not."""
    if not arguments or arguments[0] not in ("legwork", "pytest"):
        wants_help = bool(arguments) and arguments[0] in ("-h", "--help")
        print(__doc__.split("\n\n")[1], file=sys.stdout if wants_help else sys.stderr)
        return 0 if wants_help else SET_UP_FAILED
    if not OLDEST <= sys.version_info[:2] < TOO_NEW:
        return hand_over_to_a_fitting_python(arguments)
    program, rest = arguments[0], arguments[1:]
    environment = Environment(os.path.abspath(os.environ.get("LEGWORK_VENV") or os.path.join(PROJECT, ".venv")))
    try:
        set_up(environment, program, rest)
    except SetUpStopped as stopped:
        say("\n" + str(stopped))
        return SET_UP_FAILED
    except KeyboardInterrupt:
        say("\nThe set-up was interrupted. The same command begins it again; what pip downloaded is kept in its cache.")
        return SET_UP_FAILED
    except OSError as error:
        say(
            f"\nThe set-up could not write its folder: {error}.\nNothing else was changed. Free some space, or name"
            " a folder that you may write to in LEGWORK_VENV, and run the same command again."
        )
        return SET_UP_FAILED
    if program == "legwork":
        return become(environment.python, [os.path.join(PROJECT, "main.py"), *rest])
    os.chdir(PROJECT)
    return become(environment.python, ["-m", "pytest", *rest])


def set_up(environment, program, arguments):
    """Bring the system and the environment to what the program needs; nearly nothing where they are there already."""
    names = ["constraints.txt"] if program == "legwork" else ["constraints.txt", "constraints-dev.txt"]
    lists = {name: read(name) for name in names}
    opens_window = program == "legwork" and not arguments
    rows = needed_of_system(program, arguments)
    needed = " ".join(row[0] for row in rows)
    stamp = f"system-{program if program == 'pytest' else 'window' if opens_window else 'run'}"
    checked = not rows or environment.has(stamp, needed)
    # The system first, so that all that is missing is named at once, and before anything is downloaded.
    complete(
        (*(VENV if missing(environment, lists) else ()), *(() if checked else rows)),
        WITHOUT_A_WINDOW if opens_window else "",
    )
    if opens_window and not checked:
        offer_notifications()
    install(environment, lists)
    if not checked:
        environment.remember(stamp, needed)


def needed_of_system(program, arguments):
    """What the program needs that pip cannot bring: the less, the sooner it can start."""
    if sys.platform != "linux":
        return ()
    if program == "pytest":
        return (*RUNTIME_LIBRARIES, *QT_LIBRARIES, *TEST_PROGRAMS)
    if not arguments:
        return (*RUNTIME_LIBRARIES, *QT_LIBRARIES)
    return RUNTIME_LIBRARIES if arguments[0] in RUNS_MODELS else ()


def missing(environment, lists):
    """The lists that are not installed: all of them where a set-up was interrupted."""
    whole = os.path.exists(environment.python) and not os.path.exists(environment.mark)
    return [name for name, text in lists.items() if not (whole and environment.has(name, text))]


def install(environment, lists):
    """Install every list that is missing; one set-up at a time."""
    if not missing(environment, lists):
        return
    os.makedirs(os.path.dirname(environment.folder), exist_ok=True)
    with Lock(environment.lock):
        if not missing(environment, lists):
            return  # another set-up did it while this one waited
        make_environment(environment, anew=os.path.exists(environment.mark))
        to_do = missing(environment, lists)
        open(environment.mark, "w").close()
        for name in to_do:
            environment.forget(name)
            run_pip(environment, name)
            environment.remember(name, lists[name])
        os.remove(environment.mark)


def make_environment(environment, anew):
    """Make the virtual environment, unless there is a usable one of this Python already."""
    import subprocess

    if not anew and is_usable(environment):
        return
    clear(environment)
    say(f"Making {environment.folder} with Python {PYTHON} …")
    made = subprocess.run([sys.executable, "-m", "venv", environment.folder], stdout=sys.stderr, check=False)
    if made.returncode:
        raise SetUpStopped(
            f"Python's venv module could not make {environment.folder} (its message is above).\n"
            "Nothing else was changed. Remove that folder and run the same command again."
        )


def is_usable(environment):
    """Whether the environment is of this Python and has pip, or can be given it (uv makes them without)."""
    import subprocess

    def run(*arguments):
        return subprocess.run([environment.python, *arguments], capture_output=True, text=True, check=False)

    if not os.path.exists(environment.python):
        return False
    if run("-c", "import sys; print('%d.%d' % sys.version_info[:2])").stdout.strip() != PYTHON:
        return False
    return not run("-c", "import pip").returncode or not run("-m", "ensurepip").returncode


def clear(environment):
    """Throw an unusable environment away, but only what is one: LEGWORK_VENV may name the wrong folder."""
    import shutil

    found = os.listdir(environment.folder) if os.path.exists(environment.folder) else []
    begun = set(found) <= {"bin", "include", "lib", "lib64", "Include", "Lib", "Scripts"}  # and then interrupted
    if "pyvenv.cfg" not in found and not begun:
        raise SetUpStopped(
            f"{environment.folder} holds something else than a virtual environment; it was left as it is.\n"
            "Move it away, or name another folder in LEGWORK_VENV, and run the same command again."
        )
    if found:
        shutil.rmtree(environment.folder)


def run_pip(environment, name):
    """Let the environment's own pip install one list, exactly as it stands."""
    import subprocess

    say(f"Installing what packaging/{name} lists; the first time this takes some minutes …")
    # Without dependencies: the list is complete, and leaves out what a package names but Legwork does not use.
    command = [environment.python, "-m", "pip", "install", "--no-deps", "-r", os.path.join(PACKAGING, name)]
    quiet = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_USER": "0"}
    done = subprocess.run(command, stdout=sys.stderr, env={**os.environ, **quiet}, check=False)
    if done.returncode:
        os.remove(environment.mark)  # pip ended by itself, so what it did is whole
        raise SetUpStopped(
            "pip could not install everything that Legwork needs; its message is above.\n"
            f"What it had installed is kept in {environment.folder}, and what it downloaded in its cache.\n"
            "Check the connection (and a proxy, if there is one) and the free space, then run the same command again."
        )


def is_there(name):
    """Whether a library loads, a module can be found, or a program is on the path."""
    if ".so" in name:
        import ctypes

        try:
            ctypes.CDLL(name)
        except OSError:
            return False
        return True
    if any(name == row[0] for row in VENV):
        import importlib.util

        importlib.invalidate_caches()
        return importlib.util.find_spec(name) is not None
    import shutil

    return shutil.which(name) is not None


def complete(rows, or_else=""):
    """Install the Debian packages of what is missing where this is root's to do; otherwise say the command."""
    absent = [row for row in rows if not is_there(row[0])]
    if not absent:
        return
    import shutil

    happened = "This machine lacks what pip cannot bring"
    if shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        if apt_get_install(sorted({row[1] for row in absent})):
            return
        happened = "apt-get could not bring all that is needed (its message is above)"
        absent = [row for row in absent if not is_there(row[0])] or absent
    raise SetUpStopped(
        f"{happened}: {', '.join(row[0] for row in absent)}.\n"
        "What was set up so far is kept. Install it, then run the same command again:\n"
        f"  Debian, Ubuntu:  sudo apt install {' '.join(sorted({row[1] for row in absent}))}\n"
        f"  Fedora:          sudo dnf install {' '.join(sorted({row[2] for row in absent}))}{or_else}"
    )


def offer_notifications():
    """What shows a notification is welcome, but nothing to stop for."""
    try:
        complete([NOTIFIER])
    except SetUpStopped as stopped:
        say(f"{stopped}\nLegwork works without it, but cannot show a notification when a task is done.\n")


def apt_get_install(packages):
    """Install packages; the list of what there is may be missing or old, so a failure is tried again with a new one."""
    say("Installing " + " ".join(packages) + " …")
    install_them = ["install", "-y", "--no-install-recommends", *packages]
    return not apt_get(install_them) or (not apt_get(["update"]) and not apt_get(install_them))


def apt_get(arguments):
    """Run apt-get without questions; its exit code."""
    import subprocess

    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(["apt-get", "-q", *arguments], stdout=sys.stderr, env=environment, check=False).returncode


def hand_over_to_a_fitting_python(arguments):
    """This Python is too old or too new: start again with one that fits, or say how to get one."""
    import shutil

    for minor in range(TOO_NEW[1] - 1, OLDEST[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found:
            return become(found, [os.path.abspath(__file__), *arguments])
    say(
        f"Legwork needs Python 3.{OLDEST[1]} to 3.{TOO_NEW[1] - 1}; this is {PYTHON}, and no other was found.\n"
        "Nothing was changed. Install a fitting one, then run the same command with it:\n"
        "  Debian, Ubuntu:  sudo apt install python3.12 python3.12-venv  (or another version that your release has)\n"
        "  Fedora:          sudo dnf install python3.12"
    )
    return SET_UP_FAILED


def become(python, arguments):
    """Replace this process with the program; on Windows, which cannot, run it and return its exit code."""
    sys.stdout.flush()
    if os.name != "nt":
        os.execv(python, [python, *arguments])
    import subprocess

    process = subprocess.Popen([python, *arguments])
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue  # the program heard it too, and ends in its own way


class Lock:
    """Holds a file for one set-up at a time; the system lets go of it however the holder ends."""

    def __init__(self, path):
        self._path = path

    def __enter__(self):
        self._file = open(self._path, "a+")
        if not self._try():
            say("Another set-up of this folder is under way; waiting for it …")
            import time

            while not self._try():
                time.sleep(0.2)
        return self

    def __exit__(self, *_):
        self._file.close()

    def _try(self):
        try:
            if os.name == "nt":
                import msvcrt

                self._file.seek(0)
                msvcrt.locking(self._file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
