"""The lists of versions agree with each other, with pyproject.toml and with what the packages themselves require."""

import tomllib
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from types import ModuleType
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).resolve().parents[3]
PRODUCT, DEV = "constraints.txt", "constraints-dev.txt"


def pyproject() -> dict[str, Any]:
    return tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))


def listed(refresh: ModuleType, *files: str) -> list[Requirement]:
    texts = [(PROJECT / "packaging" / file).read_text(encoding="utf-8") for file in files]
    return [Requirement(row) for text in texts for row in refresh.requirements_in(text)]


def versions(requirements: list[Requirement]) -> dict[str, str]:
    """The exact version of each package that applies on this machine."""
    applying = [row for row in requirements if row.marker is None or row.marker.evaluate()]
    return {canonicalize_name(row.name): next(iter(row.specifier)).version for row in applying}


def assert_each_is_met(asked: list[str], have: dict[str, str]) -> None:
    for requirement in map(Requirement, asked):
        name = canonicalize_name(requirement.name)
        assert name in have, f"{name}: run packaging/refresh_constraints.py"
        assert requirement.specifier.contains(have[name], prereleases=True), (
            f"{requirement}: run packaging/refresh_constraints.py"
        )


def test_every_version_is_exact(refresh: ModuleType) -> None:
    for requirement in listed(refresh, PRODUCT, DEV):
        assert [specifier.operator for specifier in requirement.specifier] == ["=="], str(requirement)


def test_uv_applies_the_versions_that_pip_installs(refresh: ModuleType) -> None:
    constraints = pyproject()["tool"]["uv"]["constraint-dependencies"]
    assert sorted(constraints) == sorted(
        str(row).replace(";", " ;").replace('"', "'") for row in listed(refresh, PRODUCT, DEV)
    )


def test_what_the_product_asks_for_is_listed(refresh: ModuleType) -> None:
    assert_each_is_met(pyproject()["project"]["dependencies"], versions(listed(refresh, PRODUCT)))


def test_what_the_checks_ask_for_is_listed(refresh: ModuleType) -> None:
    assert_each_is_met(pyproject()["dependency-groups"]["dev"], versions(listed(refresh, PRODUCT, DEV)))


def test_the_product_runs_without_what_only_the_checks_need(refresh: ModuleType) -> None:
    """pip installs the lists without looking at dependencies, so they must be complete by themselves."""
    unwanted = {Requirement(row).name for row in pyproject()["tool"]["uv"]["override-dependencies"]}
    have = versions(listed(refresh, PRODUCT))
    for name in have:
        try:
            needs = [Requirement(row) for row in requires(name) or []]
        except PackageNotFoundError:  # a set-up of another day: the list itself is not at fault
            continue
        needed = [
            row for row in needs if row.name not in unwanted and (not row.marker or row.marker.evaluate({"extra": ""}))
        ]
        assert_each_is_met([str(row) for row in needed], have)


def test_the_lists_name_no_address(refresh: ModuleType) -> None:
    for file in (PRODUCT, DEV):
        assert "://" not in (PROJECT / "packaging" / file).read_text(encoding="utf-8")


def test_writing_the_constraints_twice_changes_nothing_more(refresh: ModuleType) -> None:
    before = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
    rows = tomllib.loads(before)["tool"]["uv"]["constraint-dependencies"]
    assert refresh.with_constraints(before, rows) == before
    assert "constraint-dependencies" not in refresh.without_constraints(before)


def test_what_never_applies_is_left_out(refresh: ModuleType) -> None:
    text = "# heading\nllm==1 ; sys_platform == 'never'\n--option\n\nattrs==2\n"
    assert refresh.requirements_in(text) == ["attrs==2"]
