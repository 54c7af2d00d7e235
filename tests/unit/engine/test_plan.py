"""What steps cost."""

from desktop.engine.plan import Work


def test_work_adds_up() -> None:
    work = Work(prompt_tokens=10, output_tokens=4) + Work(output_tokens=4, seconds=2)
    assert work == Work(prompt_tokens=10, output_tokens=8, seconds=2)
