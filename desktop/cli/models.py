"""`legwork models`: what there is to think with."""

from desktop.cli.exit_code import ExitCode
from desktop.cli.terminal import Terminal, one_line
from desktop.cli.wording import size
from desktop.models import LocalModels
from desktop.paths import Paths
from desktop.settings import Settings


def list_models(paths: Paths, settings: Settings, terminal: Terminal, *, as_json: bool) -> ExitCode:
    """One model a line, the default one first."""
    installed = LocalModels(paths.data, default=settings.default_model).installed()
    for model in installed:
        if as_json:
            terminal.print_json(model)
        else:
            terminal.print(f"{one_line(model.name)}  {size(model.size)}  {model.source}  {one_line(model.path)}")
    if not installed:
        terminal.say(f"There is no model. Put a GGUF file into {paths.models}")
    return ExitCode.COMPLETED
