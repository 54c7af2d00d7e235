"""The `assistant` agent: reaches a goal with tools, turn by turn, within a budget."""
