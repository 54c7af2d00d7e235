"""The route by which a task that waits is told what it asks."""

from fastapi import APIRouter
from fastapi.responses import Response

from desktop.api.bodies import AnswerBody
from desktop.api.problems import problem_of, problem_response
from desktop.api.representation import PublicTask
from desktop.api.routes import task_response
from desktop.engine import Engine, ForbiddenTransition, QuestionId, TaskId


class AnswerRoute:
    """Answer. It can be sent again: the same answer to the same question changes nothing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def router(self) -> APIRouter:
        """The route, ready to be included."""
        router = APIRouter(tags=["tasks"])
        router.add_api_route("/tasks/{task_id}/answer", self.answer, methods=["POST"], response_model=PublicTask)
        return router

    async def answer(self, task_id: str, body: AnswerBody) -> Response:
        """Tell a task that waits what it asks; it is in line again, and goes on where it was.

        The task's `question` says what is asked, and which `choices` there are: the answer is one of them, word for
        word, or any text where there are none. With its `question_id` the answer can't be taken for that to another
        question, which the task may ask by the time the request arrives.
        """
        known = TaskId(task_id)
        asked = None if body.question_id is None else QuestionId(body.question_id)
        try:
            return task_response(await self._engine.answer(known, body.answer, asked))
        except ForbiddenTransition as error:
            return problem_response(problem_of(error, (await self._engine.task(known)).status))
