"""Goes from turn to turn until the goal is reached, or it is of no use to go on.

All that decides how it goes on is read from the journal, so that a run that is taken up goes the same way.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from desktop.agents.assistant import circles, planning
from desktop.agents.assistant.arguments import Seen, fenced_text, put_right
from desktop.agents.assistant.assignment import Assignment
from desktop.agents.assistant.checking import Review, review, to_write, written_files
from desktop.agents.assistant.conversation import CHOICE_TOKENS, Conversation, Summary
from desktop.agents.assistant.looking import has_read_all, knows_all, look_around, needless
from desktop.agents.assistant.menu import Action, Menu
from desktop.agents.assistant.parts import hand_over
from desktop.agents.assistant.turn import FINISH, LISTING, READING, SEARCHING_WEB, Choice, Turn
from desktop.agents.evidence.model_json import object_in
from desktop.engine import (
    Answer,
    Artifact,
    Effect,
    FinishReason,
    PlannedStep,
    Prompt,
    PromptRefused,
    PromptTooLong,
    Run,
    Spent,
    ToolCall,
)

MOST_RETURNS: Final = 2
"""How often the work goes on after a check that found something missing."""

_MOST_CHARACTERS: Final = 6_000  # of an output that are shown
_CHARACTERS_PER_TOKEN: Final = 2.5  # of tables and code: fewer than of prose
_MOST_ARGUMENTS: Final = 900  # tokens: small models that write more seldom come to an end
_CUT_OFF: Final = "The arguments were cut off: write less at a time."
_MOST_HELD: Final = 8  # turns, in which it can't finish without the file that the goal wants written
_MOST_LINES: Final = 24  # of a summary


@dataclass(slots=True, kw_only=True)
class Working:
    """One errand."""

    run: Run
    assignment: Assignment
    menu: Menu
    context: int = 0  # tokens
    turns: list[Turn] = field(default_factory=list)
    plans: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)  # from which turn on
    summaries: list[Summary] = field(default_factory=list)
    review: Review = field(default_factory=Review)
    answer: str = ""
    left: dict[str, tuple[Artifact, ...]] = field(default_factory=dict)  # by parts, by their names
    _begun: list[PlannedStep] = field(default_factory=list)
    _fresh: bool = False  # whether something was done that the journal did not know
    _remarks: tuple[str, ...] = ()
    _wrote: Mapping[str, str] = field(default_factory=dict)  # by the last program
    _returns: int = 0
    _has_read_all: bool = False  # before the model was asked

    async def work(self) -> str:
        """Work until the answer is there; returns why it ended before the goal, empty where it did not."""
        await self._begin()
        while not (ended := self._limit()):
            await self._make_room()
            await self._turn(self._number)
            if self.turns[-1].choice.action == FINISH and not self.turns[-1].failed:
                return ""
            if reason := circles.needs_a_new_plan(self.turns):
                await self._plan_anew(reason)
        self.answer = await self._step(
            PlannedStep(name="answer", title="Write what was reached", work=planning.the_check(0).work),
            self._write_answer,
            ended,
        )
        self.review = await review(self.run, self.menu, self._conversation(), self.turns, self.answer, look=False)
        return ended

    @property
    def spent(self) -> Spent:
        """What the run had used at the end of the last turn."""
        return self.turns[-1].choice.ended if self.turns else Spent()

    @property
    def _taken(self) -> int:
        """Turns of the budget."""
        return sum(turn.by_model for turn in self.turns)

    @property
    def _number(self) -> int:
        """Of the next turn."""
        return self.turns[-1].number + 1 if self.turns else 1

    async def _begin(self) -> None:
        """Look at what there is, and plan."""
        self._begun.append(planning.the_beginning())
        self.context = await self.run.step(planning.BEGINNING, self._context)
        if self.menu.find(LISTING) is not None:
            self.turns += await look_around(self.run, self.menu, self.assignment, self._characters)
            self.menu = self.menu.less(needless(self.turns, can_search=self.menu.find(SEARCHING_WEB) is not None))
            self._has_read_all = knows_all(self.turns) and has_read_all(self.turns)
        step = planning.the_plan(len(self.assignment.goal))
        self.plans.append((self._number, await self._step(step, self._planned, "")))

    async def _context(self) -> int:
        self._fresh = True
        return (await self.run.load_model()).context_tokens

    async def _planned(self, reason: str) -> tuple[str, ...]:
        self._fresh = True
        answer = await self._ask(lambda conversation: conversation.plan_prompt(reason))
        return tuple(" ".join(step.split()) for step in _texts(_object(answer).get("steps")))

    async def _plan_anew(self, reason: str) -> None:
        name = f"plan {self._number}"
        step = planning.the_new_plan(name)
        self.plans.append((self._number, await self._step(step, self._planned, reason)))

    def _limit(self) -> str:
        return self.assignment.budget.exhausted(self._taken, self.spent) or circles.stuck(self.turns)

    async def _turn(self, number: int) -> None:
        choice = await self._step(planning.the_turn(number), self._choose, number, self.turns[-1:])
        self._begun[-1] = planning.the_turn(number, choice)
        self._wrote = {}
        if choice.action == FINISH and not choice.trouble:
            output, failed = await self._check(number, choice)
        else:
            self._remarks = ()
            output, failed = await self._act(number, choice)
        turn = Turn(number=number, choice=choice, output=output, failed=failed)
        turn = replace(turn, like=circles.earlier_like(self.turns, turn))
        self.turns.append(turn)
        await self._save(number)
        if turn.like:
            self._remarks = (*self._remarks, "Do something else than before.")
        await self._announce()

    async def _choose(self, number: int, _before: Sequence[Turn]) -> Choice:
        """Ask for the action, then for its arguments in its own form."""
        self._fresh = True
        began, tries = self.run.spent, max(circles.stale(self.turns), circles.failures(self.turns))
        options: dict[str, Any] = {
            "left": self.assignment.budget.turns - self._taken,
            "without": self._out_of_place(),
            "seed": number,
            "temperature": 0.5 if tries else 0.0,
        }
        answer = await self._ask(lambda conversation: conversation.choice_prompt(**options))
        said = _object(answer)
        choice = Choice(
            thought=str(said.get("thought", "")),
            action=str(said.get("action", "")),
            prompt_tokens=answer.prompt_tokens,
            tokens=answer.output_tokens,
            began=began,
        )
        choice = await self._with_arguments(choice, answer, options)
        return replace(choice, ended=self.run.spent)

    def _wanted(self) -> list[str]:
        """The files that the goal wants written and that are not there."""
        known = (*Seen.of(self.turns).paths, *written_files(self.menu, self.turns))
        return to_write(self.assignment.goal, known)

    def _out_of_place(self) -> list[str]:
        """What makes no sense as the next action: what brought nothing new, was just refused, or is all read."""
        # what was written is read again by the check; what was put away may be read again
        names = [READING] if self._has_read_all and not self.summaries else []
        if self._taken < _MOST_HELD and self._wanted():
            names.append(FINISH)
        last = next((turn for turn in reversed(self.turns) if turn.by_model), None)
        if last is not None and (last.like or last.choice.action == FINISH):
            names.append(last.choice.action)
        return names

    async def _with_arguments(self, choice: Choice, answer: Answer, options: dict[str, Any]) -> Choice:
        action = self.menu.find(choice.action)
        if choice.action == FINISH:
            final = await self._ask(lambda conversation: conversation.answer_prompt(""))
            written = choice.tokens + final.output_tokens
            return replace(choice, arguments={"answer": final.text.strip()}, tokens=written)
        if action is None:
            there = ", ".join(self.menu.names())
            return replace(choice, trouble=f"There is no action {choice.action[:80]!r}. There are: {there}.")
        try:
            choice = await self._with_short(choice, action, answer.text, options)
            choice = await self._with_long(choice, action, options)
        except PromptRefused as refused:
            return replace(choice, trouble=f"Arguments for it can't be written here: {refused.message}")
        return replace(choice, arguments=put_right(action, choice.arguments, self.turns))

    async def _with_short(self, choice: Choice, action: Action, said: str, options: dict[str, Any]) -> Choice:
        """With the arguments that are written as JSON."""
        if not action.schema["properties"]:
            return choice

        def prompt(conversation: Conversation) -> Prompt:
            asked = conversation.choice_prompt(**options)
            return conversation.arguments_prompt(asked, said, action, self._argument_tokens)

        answer = await self._ask(prompt)
        given = _object(answer)
        trouble = _CUT_OFF if action.schema["required"] and not given else ""
        return replace(choice, arguments=given, tokens=choice.tokens + answer.output_tokens, trouble=trouble)

    async def _with_long(self, choice: Choice, action: Action, options: dict[str, Any]) -> Choice:
        """With the argument that is written as plain text, where there is one."""
        if not action.long or choice.trouble:
            return choice
        fitting = replace(choice, arguments=put_right(action, choice.arguments, self.turns))

        def prompt(conversation: Conversation) -> Prompt:
            asked = conversation.choice_prompt(**options)
            return conversation.text_prompt(asked, fitting, action, self._argument_tokens)

        answer = await self._ask(prompt)
        text = fenced_text(answer.text)
        trouble = _CUT_OFF if answer.finish is FinishReason.LENGTH else "" if text.strip() else "Nothing was written."
        arguments = {**choice.arguments, action.long: text}
        return replace(choice, arguments=arguments, tokens=choice.tokens + answer.output_tokens, trouble=trouble)

    async def _act(self, number: int, choice: Choice) -> tuple[str, bool]:
        if choice.trouble:
            return choice.trouble, True
        action = self.menu.find(choice.action)
        helper = action.helper if action is not None else None
        name = f"call {number}" if helper is None else f"part {number}"
        self._begun.append(planning.the_call(name, number, choice))
        await self._announce()
        if helper is not None:
            part = await hand_over(self.run, name, helper, choice.arguments)
            self.left[name] = part.artifacts
            return part.text, part.failed
        output = await self.run.tools.use(name, ToolCall(tool=choice.action, arguments=choice.arguments))
        self._wrote = output.wrote
        return output.text, output.failed

    async def _save(self, number: int) -> None:
        """Put what the program of that turn wrote into the folder: as calls that the policy decides about."""
        action = next((action for action in self.menu.actions if action.effect is Effect.WRITES), None)
        if action is None:
            return
        for path, content in self._wrote.items():
            arguments = put_right(action, {"path": path, "content": content}, self.turns)
            choice = Choice(thought="I save what the program wrote.", action=action.name, arguments=arguments)
            name = f"call {self._number}"
            self._begun.append(planning.the_call(name, number, choice))
            output = await self.run.tools.use(name, ToolCall(tool=choice.action, arguments=arguments))
            saved = Turn(number=self._number, choice=choice, output=output.text, failed=output.failed, by_model=False)
            self.turns.append(replace(saved, like=circles.earlier_like(self.turns, saved)))

    async def _check(self, number: int, choice: Choice) -> tuple[str, bool]:
        """Look at what was reached; what is missing is the turn's output, and the work goes on."""
        self._begun.append(planning.the_check(number))
        self.answer = str(choice.arguments["answer"])
        self.review = await review(self.run, self.menu, self._conversation(), self.turns, self.answer, number=number)
        if not self.review.missing or self._returns >= MOST_RETURNS:
            return "Finished.", False
        self._returns += 1
        self._remarks = (f"A check found: {self.review.missing}",)
        return f"Not finished. A check found: {self.review.missing}", True

    async def _make_room(self) -> None:
        """Put a summary in the place of older turns before the context is full."""
        shown = self._shown()
        if len(shown) < 2 or not self._is_full(shown[-1]):
            return
        away = shown[:-1]
        step = planning.the_summary(f"summary {self._number}", away[0].number, away[-1].number)
        self.summaries.append(await self._step(step, self._summed_up, away[-1].number))

    def _is_full(self, last: Turn) -> bool:
        read = last.choice.prompt_tokens  # none where Legwork looked around: that much fits
        more = last.choice.tokens + min(len(last.output), self._characters) / _CHARACTERS_PER_TOKEN + 80
        return bool(read) and read + more + CHOICE_TOKENS + self._argument_tokens > self.context

    async def _summed_up(self, through: int) -> Summary:
        self._fresh = True
        away = [turn for turn in self._shown() if turn.number <= through]
        earlier = self.summaries[-1] if self.summaries else Summary(through=0, calls=(), facts=())
        answer = await self._ask(lambda conversation: replace(conversation, turns=tuple(away)).facts_prompt())
        facts = tuple(" ".join(fact.split()) for fact in _texts(_object(answer).get("facts")))
        lines = tuple(f"{turn.number}. {turn.shown} {'failed' if turn.failed else 'done'}" for turn in away)
        kept = dict.fromkeys((*earlier.facts, *facts))
        return Summary(through=through, calls=(*earlier.calls, *lines)[-_MOST_LINES:], facts=tuple(kept)[-12:])

    def _shown(self) -> list[Turn]:
        through = self.summaries[-1].through if self.summaries else -1
        return [turn for turn in self.turns if turn.number > through]

    def _conversation(self) -> Conversation:
        return Conversation(
            assignment=self.assignment,
            menu=self.menu,
            characters=self._characters,
            turns=tuple(self._shown()),
            summary=self.summaries[-1] if self.summaries else None,
            plan=self.plans[-1][1] if self.plans else (),
            openable=tuple(path for path in Seen.of(self.turns).paths if not path.endswith("/")),
            saved=tuple(written_files(self.menu, self.turns)),
            wanted=tuple(self._wanted()),
            remarks=self._remarks,
        )

    @property
    def _characters(self) -> int:
        """Of an output that are shown: a third of what the context holds beside instructions and answer."""
        room = self.context - 1_000 - self._argument_tokens
        return max(500, min(_MOST_CHARACTERS, int(room * _CHARACTERS_PER_TOKEN / 3)))

    @property
    def _argument_tokens(self) -> int:
        return min(_MOST_ARGUMENTS, self.context // 5)

    async def _write_answer(self, ended: str) -> str:
        self._fresh = True
        return (await self._ask(lambda conversation: conversation.answer_prompt(ended))).text.strip()

    async def _ask(self, make: Callable[[Conversation], Prompt]) -> Answer:
        """The model's answer, with shorter outputs where they do not fit. Raises `PromptTooLong` where nothing does."""
        conversation = self._conversation()
        for _ in range(3):
            try:
                return await self.run.ask(make(conversation))
            except PromptTooLong:
                conversation = conversation.with_less()
        return await self.run.ask(make(conversation))

    async def _step(self, step: PlannedStep, function: Callable[..., Any], *arguments: object) -> Any:
        """A journaled step that stands in the plan."""
        self._begun.append(step)
        await self._announce()
        return await self.run.step(step.name, function, *arguments)

    async def _announce(self) -> None:
        """Tell the plan as it has grown; what an earlier sitting told is not told again."""
        if self._fresh:
            steps = planning.planned_steps(self._begun, self._number, self.assignment.budget, self._taken)
            await self.run.plan(steps)


def _object(answer: Answer) -> dict[str, Any]:
    """The answer's JSON object; empty where it was cut off."""
    return object_in(answer.text) or {}


def _texts(value: Any) -> list[str]:
    return [text for text in value if isinstance(text, str) and text.strip()] if isinstance(value, list) else []
