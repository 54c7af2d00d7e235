"""The shape and the colour of each status: never the colour alone."""

from typing import Final

from desktop.engine import StepStatus, TaskStatus

GLYPHS: Final = {
    TaskStatus.QUEUED: "clock-outline",
    TaskStatus.RUNNING: "progress-clock",
    TaskStatus.WAITING: "comment-question-outline",
    TaskStatus.PAUSED: "pause-circle-outline",
    TaskStatus.COMPLETED: "check-circle-outline",
    TaskStatus.FAILED: "close-circle-outline",
    TaskStatus.CANCELLED: "cancel",
}
COLOURS: Final = {
    TaskStatus.QUEUED: "quiet",
    TaskStatus.RUNNING: "accent",
    TaskStatus.WAITING: "needs",
    TaskStatus.PAUSED: "needs",
    TaskStatus.COMPLETED: "done",
    TaskStatus.FAILED: "failed",
    TaskStatus.CANCELLED: "quiet",
}
STEP_GLYPHS: Final = {
    StepStatus.PENDING: "circle-outline",
    StepStatus.RUNNING: "progress-clock",
    StepStatus.DONE: "check-circle-outline",
    StepStatus.FAILED: "close-circle-outline",
}
STEP_COLOURS: Final = {
    StepStatus.PENDING: "quiet",
    StepStatus.RUNNING: "accent",
    StepStatus.DONE: "done",
    StepStatus.FAILED: "failed",
}
