"""The agent that answers questions from many sources, and shows where each answer stands."""
