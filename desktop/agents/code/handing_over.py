"""The result of a run: the last run of what was chosen, its files, and the verdict."""

from collections.abc import Sequence

from desktop.agents.code.cases import Case, Origin
from desktop.agents.code.choosing import Choice
from desktop.agents.code.proving import LOG_NAME, Prover, verify
from desktop.agents.code.report import summary_markdown
from desktop.agents.code.test_file import test_file, test_name
from desktop.agents.code.trying import Bench, Tried
from desktop.engine import Result


async def hand_over(
    bench: Bench,
    chosen: Tried,
    cases: Sequence[Case],
    *,
    choice: Choice | None = None,
    before: Tried | None = None,
    why_not: str = "",
) -> Result:
    """The files of the result; the program was `before` where it was to be changed.

    Without a choice nothing was run, for the reason `why_not`.
    """
    run, project, program = bench.run, bench.project, chosen.program
    own = [place for place, case in enumerate(cases) if case.origin is not Origin.PROBE]
    kept = [cases[place] for place in (choice.kept if choice else own)]
    last = await run.step("prove", Prover(bench=bench).last_run, chosen, kept) if choice else None
    nothing = Choice(best=0, kept=tuple(own), doubted=())
    verification = verify(chosen, cases, choice or nothing, last, goal=run.request.goal, before=before, why_not=why_not)
    tests = test_file(kept, bench.language, project, program.files)
    artifacts = [
        await run.write_artifact(name, _media_type(name), text.encode("utf-8", "replace"))
        for name, text in {**program.files, test_name(project): tests}.items()
    ]
    if last is not None:
        artifacts.append(await run.write_artifact(LOG_NAME, "text/plain", last.log.encode("utf-8", "replace")))
    summary = summary_markdown(program, verification, bench.language, project)
    return Result(summary=summary, verification=verification, artifacts=tuple(artifacts))


def _media_type(name: str) -> str:
    return "application/x-sh" if name.endswith(".sh") else "text/x-python" if name.endswith(".py") else "text/plain"
