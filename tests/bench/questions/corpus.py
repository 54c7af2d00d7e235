"""The texts that the questions are about, from Debian's package."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from desktop.engine import DocumentReader, Input
from tests.bench.questions.questions import Question

VERSION = "4.6.2.0"
"""The facts hold for this version of the package `debian-policy`."""

TEXTS = (
    "policy.html/ap-*.html",
    "policy.html/ch-*.html",
    "policy.html/upgrading-checklist.html",
    "fhs/fhs-3.0.html",
    "perl-policy-1.html",
    "menu-policy-1.html",
    "copyright-format-1.0.html",
    "debconf_specification.html",
    "autopkgtest.html",
)
PAGES, PAGE = 300, 2000  # at least so many, of so many characters

_HEADING = re.compile(r"^\d+(?:\.\d+)*\.[^\S\n]+\S", re.MULTILINE)


class CorpusUnusable(Exception):
    """The texts are not those that the questions were written for; what was found instead."""


def unpack(given: str, folder: Path) -> Path:
    """Put the texts into a folder of their own in `folder`.

    `given` is a `.deb` file or the package's folder of documentation; where it is empty, apt is asked for the package.
    """
    source = Path(given) if given else _downloaded(folder)
    if source.is_file():
        _run("dpkg-deb", "--extract", str(source), str(folder / "package"))
        source = folder / "package/usr/share/doc/debian-policy"
    texts = folder / "debian-policy"
    texts.mkdir()
    for pattern in TEXTS:
        for path in sorted(source.glob(pattern)):
            shutil.copy(path, texts)
    return texts


async def read_all(texts: Path, reader: DocumentReader) -> dict[str, str]:
    """The text of each file, by the file's name."""
    read = {}
    for source in await reader.sources((Input(path=str(texts)),)):
        document = await reader.read(source)
        read[Path(source.name).name] = "\n".join(part.text for part in document.parts)
    return read


def check(corpus: Mapping[str, str], questions: tuple[Question, ...]) -> None:
    """See that these are the texts of the questions. Raises `CorpusUnusable` where they are not."""
    if f"Manual v{VERSION}" not in corpus.get("ch-scope.html", ""):
        raise CorpusUnusable(f"this is not debian-policy {VERSION}; give that one with --package")
    if (pages := sum(map(len, corpus.values())) // PAGE) < PAGES:
        raise CorpusUnusable(f"these are {pages} pages only")
    missing = [
        f"{question.name}: {fact.text} ({fact.at})"
        for question in questions
        for fact in question.facts
        if not fact.stands_in(section(corpus, fact.at))
    ]
    if missing:
        raise CorpusUnusable("not in the texts:\n" + "\n".join(missing))


def section(corpus: Mapping[str, str], at: str) -> str:
    """The text below the heading; empty where there is no such file or heading."""
    file, _, heading = at.partition(" ")
    text = corpus.get(file, "").replace("¶", "")
    ends = r"[^\S\n]+\S" if heading.endswith(".") else r"\b"
    # the last one, since a table of contents may come before
    for found in reversed(list(re.finditer(rf"^(?:[\d.]+[^\S\n]+)?{re.escape(heading)}{ends}", text, re.MULTILINE))):
        following = _HEADING.search(text, found.end())
        return text[found.start() : following.start() if following else len(text)]
    return ""


def _downloaded(folder: Path) -> Path:
    _run("apt-get", "download", f"debian-policy={VERSION}", folder=folder)
    return next(folder.glob("*.deb"))


def _run(*command: str, folder: Path | None = None) -> None:
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", "") or str(error)
        raise CorpusUnusable(f"{' '.join(command)} failed: {said.strip()}\nGive the package with --package.") from error
