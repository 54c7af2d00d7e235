"""`legwork submit`: hand a task over and walk away."""

from dataclasses import dataclass

from desktop.api.ownership import in_use
from desktop.api.representation import AcceptedTask
from desktop.cli.background import BackgroundEngine
from desktop.cli.beginning import Submission
from desktop.cli.exit_code import ExitCode
from desktop.cli.owner import Patience, here_or_there
from desktop.cli.terminal import Terminal
from desktop.cli.wording import expectation
from desktop.paths import Paths


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitCommand:
    """One task, given to the engine that owns the data folder, or to one that is started for it."""

    paths: Paths
    terminal: Terminal
    submission: Submission
    background: BackgroundEngine
    as_json: bool

    def execute(self) -> ExitCode:
        """Have the task accepted; what becomes of it is for `watch` and `result`."""
        patience = Patience()
        accepted = here_or_there(self.paths, patience, lambda: self._here(patience), self.submission.there)
        if self.as_json:
            self.terminal.print_json(accepted)
        else:
            self.terminal.print(accepted.task_id)
            self.terminal.say(expectation(accepted))
            self.terminal.say(f"See how it goes with 'legwork watch {accepted.task_id}'.")
        return ExitCode.COMPLETED

    def _here(self, patience: Patience) -> AcceptedTask:
        """Never in this process, which is to end."""
        self.background.ensure()
        patience.renew()
        raise in_use(self.paths)
