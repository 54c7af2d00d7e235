"""Problems for programs, with hidden tests that no problem's text shows: what agents that write code are judged by.

Each file of this folder holds a list of `problem`: `name`, `entry_point`, `text`, `solution` (it passes) and `hidden`,
a program that raises where what was written is wrong. They were written before anything was tried on them, and are
not to be tuned on.
"""
