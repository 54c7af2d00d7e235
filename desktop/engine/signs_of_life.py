"""What shows that a run moves: a token, a piece of a prompt, an item, a step, a document."""

from dataclasses import dataclass


@dataclass(slots=True)
class SignsOfLife:
    """Counts them."""

    count: int = 0

    def give(self) -> None:
        """Something moved."""
        self.count += 1
