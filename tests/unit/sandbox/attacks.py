"""Programs that try to get out of a sandbox, or to use up the machine.

Those of `REACHING` print OUT for each success and end by themselves. Each finds these names set: `secret` (path of a file
outside), `port` (of a server on loopback), `abstract` and `path` (of listening local sockets), `pid` (of whoever runs the
sandbox). Those of `EXHAUSTING` never end by themselves, and are ended for the reason that stands beside them.
"""

import json
from dataclasses import asdict, dataclass

from desktop.engine import Ending

MEMORY = 160 * 1024 * 1024
DISK = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Bait:
    """What the attacks are after."""

    secret: str
    port: int
    abstract: str
    path: str
    pid: int


def source_of(attack: str, bait: Bait) -> bytes:
    """The program of an attack."""
    known = [f"{name} = {json.dumps(value)}" for name, value in asdict(bait).items()]
    if attack in EXHAUSTING:
        return "\n".join(["import os, socket, sys, time", *known, EXHAUSTING[attack][1]]).encode()
    body = [f"    {line}" for line in REACHING[attack].strip().splitlines()]
    return "\n".join(["import ctypes, os, socket, sys, time", *known, "try:", *body, FAILING]).encode()


FAILING = """
except (OSError, AttributeError, ImportError, ValueError, RecursionError, EOFError) as error:
    print(repr(error))
"""

REACHING: dict[str, str] = {
    # files
    "read a file outside": "open(secret).read(); print('OUT')",
    "write a file outside": "open(secret, 'r+').write('x'); print('OUT')",
    "replace a file outside": "os.rename('attack.py', secret); print('OUT')",
    "empty a file by its name": "os.truncate(secret, 0); print('OUT')",
    "remove a file outside": "os.unlink(secret); print('OUT')",
    "follow a link out": "os.symlink(secret, 'link'); open('link').read(); print('OUT')",
    "link a file in": "os.link(secret, 'hard'); open('hard').read(); print('OUT')",
    "leave by dots": "open('../' * 20 + secret).read(); print('OUT')",
    "go through the root of another process": "open(f'/proc/{pid}/root{secret}').read(); print('OUT')",
    "list a home": "os.listdir(os.path.expanduser('~root')); print('OUT')",
    "read the variables of Legwork": "any(name.startswith(('LEGWORK', 'SSH', 'AWS')) for name in os.environ) and print('OUT')",
    "read the variables of another process": "open(f'/proc/{pid}/environ').read(); print('OUT')",
    "write into the system": "open('/usr/lib/left-behind', 'w'); print('OUT')",
    "write into Python": "open(os.__file__, 'r+'); print('OUT')",
    "write into its packages": "import pytest; open(pytest.__file__, 'r+'); print('OUT')",
    "read the passwords": "open('/etc/shadow').read(); print('OUT')",
    "read a disk": "[open(f'/dev/{name}', 'rb').read(1) and print('OUT') for name in ('sda', 'vda', 'nvme0n1', 'mem', 'kmsg')]",
    "make a disk": "os.mknod('disk', 0o60666, os.makedev(254, 0)); open('disk', 'rb').read(1); print('OUT')",
    # the network
    "reach a server on this machine": "socket.create_connection(('127.0.0.1', port), 2); print('OUT')",
    "send a datagram": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', port)); print(open('/proc/net/dev').read().count(':') > 1 and 'OUT')",
    "look up a name": "socket.getaddrinfo('example.com', 80); print('OUT')",
    "reach an abstract socket": "socket.socket(socket.AF_UNIX).connect('\\0' + abstract); print('OUT')",
    "reach a socket by its path": "socket.socket(socket.AF_UNIX).connect(path); print('OUT')",
    "reach the machine below": "socket.socket(40, socket.SOCK_STREAM); print('OUT')",
    "make raw packets": "socket.socket(socket.AF_PACKET, socket.SOCK_RAW); print('OUT')",
    # other processes
    "end another process": "os.kill(pid, 9); print('OUT')",
    "end all processes": """
import signal
signal.signal(signal.SIGUSR1, signal.SIG_IGN)
if os.fork() == 0:
    os.kill(-1, signal.SIGUSR1)
    os._exit(0)
os.wait()""",
    "limit another process": "import resource; resource.prlimit(pid, resource.RLIMIT_CPU, (0, 0)); print('OUT')",
    "slow down another process": "pid != os.getppid() and os.setpriority(os.PRIO_PROCESS, pid, 19); print(os.path.exists(f'/proc/{pid}') and 'OUT')",
    "trace another process": "ctypes.CDLL(None).ptrace(16, pid, 0, 0) == 0 and print('OUT')",
    "see the processes": "len([name for name in os.listdir('/proc') if name.isdigit()]) > 8 and print('OUT')",
    # rights
    "become root": "os.setuid(0); os.getuid() == 0 and open('/etc/shadow').read() and print('OUT')",
    "make a user namespace": "ctypes.CDLL(None).unshare(0x10000000) == 0 and print('OUT')",
    "fork into a namespace": "ctypes.CDLL(None).syscall(56, 0x10000000 | 17, 0, 0, 0, 0) > 0 and print('OUT')",
    "mount": "ctypes.CDLL(None).mount(b'none', b'/tmp', b'tmpfs', 0, None) == 0 and print('OUT')",
    "use the ring": "ctypes.CDLL(None).syscall(425, 1, ctypes.create_string_buffer(256)) >= 0 and print('OUT')",
    "load a program into the kernel": "ctypes.CDLL(None).syscall(321, 0, ctypes.create_string_buffer(128), 128) >= 0 and print('OUT')",
    "use the keys": "ctypes.CDLL(None).syscall(250, 0, -3, 1) > 0 and print('OUT')",
    "speak the other dialect of calls": "ctypes.CDLL(None).syscall(0x40000000 + 321, 0, ctypes.create_string_buffer(128), 128) >= 0 and print('OUT')",
    "make memory that nobody counts": "os.memfd_create('x'); print('OUT')",
    "make memory that stays": "ctypes.CDLL(None).shmget(0, 1 << 20, 0o1600) >= 0 and print('OUT')",
    "watch a folder": "ctypes.CDLL(None).inotify_add_watch(ctypes.CDLL(None).inotify_init(), os.path.dirname(secret).encode(), 0x100) > 0 and os.path.exists(secret) and print('OUT')",
    "rename the machine": "socket.sethostname('mine'); print('OUT')",
    "type for the person": "import fcntl; fcntl.ioctl(0, 0x5412, b'x'); print('OUT')",
    "raise its own limits": "import resource; resource.setrlimit(resource.RLIMIT_NPROC, (9999, 9999)); print('OUT')",
    # what only looks like trouble
    "nest deeply": "import json; json.loads('[' * 100_000)",
    "show what is nested deeply": """
nested = []
for _ in range(5000):
    nested = [nested]
repr(nested)""",
    "leave an orphan": """
if hasattr(os, 'fork') and os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(1e6)
    os._exit(0)""",
    "leave odd files": """
os.symlink('/etc/passwd', 'link'); os.mkfifo('pipe'); open('a\\nb', 'w'); open('plain', 'w').write('yes')
os.makedirs('deep/' * 30)""",
    "change the rights of a file outside": "os.chmod(secret, 0o777)",
    "change the date of a file outside": "os.utime(secret, (1, 1))",
}

EXHAUSTING: dict[str, tuple[Ending, str]] = {
    "turn without end": (Ending.OUT_OF_TIME, "while True: pass"),
    "sleep without end": (Ending.OUT_OF_TIME, "time.sleep(1e6)"),
    "hear no signal": (
        Ending.OUT_OF_TIME,
        "import signal\nfor each in (1, 2, 3, 6, 14, 15): signal.signal(each, signal.SIG_IGN)\ntime.sleep(1e6)",
    ),
    "compute without end": (Ending.OUT_OF_TIME, "print(len(str(10 ** (10 ** 8))))"),
    "take all memory": (Ending.OUT_OF_MEMORY, "x = []\nwhile True: x.append('a' * 1_000_000)"),
    "take all memory in many processes": (
        Ending.OUT_OF_MEMORY,
        """
while True:
    try:
        if os.fork() == 0:
            x = b'a' * 25_000_000
            time.sleep(1e6)
    except OSError:
        time.sleep(0.001)""",
    ),
    "fill the disk by one file": (Ending.OUT_OF_DISK, "f = open('big', 'wb')\nwhile True: f.write(b'a' * 1_000_000)"),
    "fill the disk by many files": (
        Ending.OUT_OF_DISK,
        "i = 0\nwhile True: open(f'f{i}', 'wb').write(b'a' * 1_000_000); i += 1",
    ),
    "fill the disk beside its folder": (
        Ending.OUT_OF_DISK,
        "i = 0\nwhile True: open(f\"{os.environ['TMPDIR']}/f{i}\", 'wb').write(b'a' * 1_000_000); i += 1",
    ),
    "fill the disk by files without a name": (
        Ending.OUT_OF_DISK,
        "x = []\nwhile True:\n    f = open('gone', 'wb'); os.unlink('gone'); f.write(b'a' * 1_000_000); f.flush(); x.append(f)",
    ),
    "make files without end": (Ending.OUT_OF_DISK, "i = 0\nwhile True: open(f'f{i}', 'w').close(); i += 1"),
    "hide files deep down": (
        Ending.OUT_OF_DISK,
        "for _ in range(200):\n    os.mkdir('d' * 200); os.chdir('d' * 200)\ni = 0\nwhile True: open(f'f{i}', 'wb').write(b'a' * 1_000_000); i += 1",
    ),
    "hide files in a closed folder": (
        Ending.OUT_OF_DISK,
        "os.mkdir('closed', 0o300)\ni = 0\nwhile True: open(f'closed/f{i}', 'wb').write(b'a' * 1_000_000); i += 1",
    ),
    "write more than anybody reads": (Ending.TOO_MUCH_OUTPUT, "while True: print('x' * 100_000)"),
    "complain more than anybody reads": (Ending.TOO_MUCH_OUTPUT, "while True: print('x' * 100_000, file=sys.stderr)"),
    "fork without end": (
        Ending.OUT_OF_TIME,
        "while True:\n    try: os.fork()\n    except OSError: pass",
    ),
    "fork and run": (
        Ending.OUT_OF_TIME,
        """
first = os.getpid()
while True:
    try:
        if os.fork() and os.getpid() != first:
            os._exit(0)
        os.setsid()
    except OSError:
        pass""",
    ),
    "start threads without end": (
        Ending.OUT_OF_TIME,
        "import threading\nwhile True:\n    try: threading.Thread(target=time.sleep, args=(1e6,)).start()\n    except RuntimeError: pass",
    ),
}
