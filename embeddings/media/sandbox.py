"""Looks at customers' images and videos in child processes, which may fail without any harm.

The only door of this package: a web process prices ``data:`` media by it, a worker reads pixels.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypeVar

import numpy as np

from embeddings.media import info
from embeddings.media.errors import SandboxBroken, SandboxBusy, media_error
from embeddings.media.geometry import ClipPlan
from embeddings.media.info import ImageInfo, VideoInfo
from embeddings.media.limits import Limits
from embeddings.media.line import Line
from embeddings.media.process import Lost, Process
from embeddings.media.starter import Starter
from embeddings.media.wire import Answer, Garbage, Job, Reason

T = TypeVar("T")
Data = bytes | memoryview
CHILD = "embeddings.media.child"
Finish = Callable[[Process, Answer], T]
__all__ = ["CHILD", "Sandbox", "SandboxBroken", "SandboxBusy", "VideoRead"]


@dataclass(frozen=True, slots=True)
class VideoRead:
    """What was read of a video: ``frames`` uint8 RGB (frames, height, width, 3), as planned."""

    frames: np.ndarray
    plan: ClipPlan

    @property
    def seconds(self) -> tuple[float, ...]:
        """When each pair of frames shows."""
        return self.plan.seconds


class Sandbox:
    """Up to ``processes_max`` children, started when first needed, used again, replaced when lost.

    For any number of threads: what finds no free child waits in line. Every method raises
    ``MediaError`` for a file that is not read, ``SandboxBusy`` when no child was free within
    ``timeout_s``, ``SandboxBroken`` when none could be started.
    """

    def __init__(
        self, processes_max: int, *, limits: Limits | None = None, module: str = CHILD
    ) -> None:
        self._limits = limits or Limits()
        self._line = Line(processes_max)
        self._starter = Starter("sandbox-starter", lambda: Process(module, self._limits))
        self._lock = threading.Lock()
        self._idle: list[Process] = []
        self._children: set[Process] = set()
        self._stopped = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def pids(self) -> list[int]:
        """Process ids of the children there are."""
        with self._lock:
            return [child.pid for child in self._children]

    def probe_image(self, data: Data, *, timeout_s: float) -> ImageInfo:
        """How large an image is."""
        return self._run(Job.PROBE_IMAGE, data, 0, timeout_s, self._image_info)

    def probe_video(self, data: Data, *, timeout_s: float) -> VideoInfo:
        """How large and how long a video is."""
        return self._run(Job.PROBE_VIDEO, data, 0, timeout_s, self._video_info)

    def read_image(self, data: Data, *, tokens_max: int, timeout_s: float) -> np.ndarray:
        """Pixels uint8 RGB (height, width, 3), of the size that ``ImageInfo.size`` tells."""

        def finish(child: Process, answer: Answer) -> np.ndarray:
            height, width = self._image_info(child, answer).size(tokens_max)
            return child.pixels((height, width, 3))

        return self._run(Job.READ_IMAGE, data, tokens_max, timeout_s, finish)

    def read_video(self, data: Data, *, timeout_s: float) -> VideoRead:
        """The frames that ``VideoInfo.plan`` asks for."""

        def finish(child: Process, answer: Answer) -> VideoRead:
            plan = self._video_info(child, answer).plan
            shape = len(plan.indices), plan.height, plan.width, 3
            return VideoRead(child.pixels(shape), plan)

        return self._run(Job.READ_VIDEO, data, 0, timeout_s, finish)

    def stop(self) -> None:
        """End all children. What runs or waits raises ``SandboxBroken``."""
        with self._lock:
            self._stopped = True
            idle, self._idle = self._idle, []
            for child in self._children:
                child.kill()
        for child in idle:
            self._drop(child)
        self._starter.stop()

    def _run(self, job: Job, data: Data, tokens_max: int, timeout_s: float, finish: Finish[T]) -> T:
        self._check_size(job, data)
        with self._line.place(timeout_s):
            child = self._taken()
            try:
                answer = child.ask(job, data, tokens_max)
                result = finish(child, answer) if answer.reason is Reason.FINE else None
            except (Lost, Garbage) as lost:
                self._drop(child)
                reason = lost.reason if isinstance(lost, Lost) else job.broken
                raise self._error(Answer(reason)) from lost
            except BaseException:
                self._drop(child)
                raise
            self._put_back(child)
        if result is None:
            raise self._error(answer)
        return result

    def _check_size(self, job: Job, data: Data) -> None:
        limits = self._limits
        if job.of_video and len(data) > limits.video_bytes_max:
            raise self._error(Answer(Reason.VIDEO_BYTES))
        if not job.of_video and len(data) > limits.image_bytes_max:
            raise self._error(Answer(Reason.IMAGE_BYTES))

    def _error(self, answer: Answer) -> Exception:
        return SandboxBroken("stopped") if self._stopped else media_error(answer, self._limits)

    def _image_info(self, _child: Process, answer: Answer) -> ImageInfo:
        return info.image_info(answer, self._limits)

    def _video_info(self, _child: Process, answer: Answer) -> VideoInfo:
        return info.video_info(answer, self._limits)

    def _taken(self) -> Process:
        """A child that waits for a job. Whoever holds a place in line finds one or starts one."""
        while (child := self._from_idle()) is not None:
            if child.is_fit():
                return child
            self._drop(child)
        return self._started()

    def _from_idle(self) -> Process | None:
        with self._lock:
            if self._stopped:
                raise SandboxBroken("stopped")
            return self._idle.pop() if self._idle else None

    def _started(self) -> Process:
        try:
            child = self._starter.make()
        except (OSError, RuntimeError) as error:
            raise SandboxBroken("no process could be started") from error
        with self._lock:
            self._children.add(child)
        try:
            child.wait_ready()
        except Lost as lost:
            self._drop(child)
            raise SandboxBroken("a process did not begin") from lost
        return child

    def _put_back(self, child: Process) -> None:
        fit = child.is_fit()
        with self._lock:
            fit = fit and not self._stopped
            if fit:
                self._idle.append(child)
        if not fit:
            self._drop(child)

    def _drop(self, child: Process) -> None:
        with self._lock:
            self._children.discard(child)
        child.close()
