"""Some releases of PySide6 lose a reference to None at each timer event, and abort after some thousand of them."""

import subprocess
import sys

TURNS = 1000
TOLERATED = 100
COUNT = f"""
import asyncio, sys
import qasync
from PySide6.QtWidgets import QApplication

app = QApplication(sys.argv)
loop = qasync.QEventLoop(app)

async def turn():
    for _ in range({TURNS}):
        await asyncio.sleep(0)

async def count():
    await turn()  # what is allocated once is not what is lost at each turn
    before = sys.getrefcount(None)
    await turn()
    print(sys.getrefcount(None) - before)

with loop:
    loop.run_until_complete(count())
"""


def test_the_loop_in_the_window_loses_no_references_to_none() -> None:
    done = subprocess.run([sys.executable, "-c", COUNT], capture_output=True, text=True, check=True)
    assert int(done.stdout) > -TOLERATED
