"""Questions over Debian's policy manual and what comes with it: what agents that do research are judged by.

The texts are not here: the bench takes them from the package `debian-policy`, in the version that the facts hold for.
Each `.toml` file of this folder holds a list of `question`: `name`, `text` and `facts`, none where the texts do not
answer it. A fact has

- `text`: the fact as a sentence;
- `at`: where it stands, as the file and the heading of the section there;
- `ways`: regular expressions, of which one has to be found in an answer (case does not count, nor do line breaks and
  marks). Those that `&` joins are all to be found near each other.

A question that the texts do not answer has `traps` instead: `ways` of which an invented answer has one.

They were written before anything was tried on them, and are not to be tuned on.
"""
