"""Measures the contenders of a row in turns, one at a time."""

import dataclasses
import os
import statistics
import subprocess
import tempfile
import time

import worker

# Seconds between two, in which the threads of the last one stop spinning.
PAUSE = 0.3
# Short work is repeated within a turn until it has taken about this long, at most so often: what
# follows a pause finds cold caches and a slow clock.
TURN_MILLISECONDS, TURN_LIMIT = 500, 10
WARM_UPS = 2


@dataclasses.dataclass
class Figures:
    """What was measured of one contender."""

    samples: list = dataclasses.field(default_factory=list)
    settings: dict = dataclasses.field(default_factory=dict)
    peak_resident_byte_count: int = 0
    failure: str = None

    @property
    def minimum(self):
        return min(self.samples, default=None)

    @property
    def median(self):
        return statistics.median(self.samples) if self.samples else None

    def take(self, answer):
        self.samples.append(answer["milliseconds"])
        self.peak_resident_byte_count = answer["peakResidentByteCount"]


def asked(contender, row):
    """The name of the work for whoever is asked."""
    return "unet" if contender.name == "ours" and row.part == "training" else row.part


class Turns:
    """The contenders of one row and their figures."""

    def __init__(self, team, row, say):
        self.team, self.row, self.say = team, row, say
        self.figures = {contender: Figures() for contender in row.contenders}

    def guarded(self, contender, action):
        """What `action` gives, or nothing when the contender fails, which its figures tell."""
        figures = self.figures[contender]
        if figures.failure:
            return None
        try:
            return action()
        except Exception as error:
            figures.failure = str(error) or type(error).__name__
            self.say(f"{contender.label}: {figures.failure}")
            return None

    def ready(self, contender):
        """A warm worker and the time of its last warm-up."""
        row = self.row
        started = self.team.start(contender, row.part, row.side, self.say)
        try:
            self.figures[contender].settings = started.opening.get("settings", {})
            for _ in range(WARM_UPS):
                answer = started.ask(asked(contender, row))
        except BaseException:
            started.close()
            raise
        return started, answer["milliseconds"]

    def together(self, repeats):
        """All are loaded and wait; only one works at a time."""
        workers, longest = {}, 1e-9
        try:
            for contender in self.row.contenders:
                made = self.guarded(contender, lambda: self.ready(contender))
                if made:
                    workers[contender], time_taken = made
                    longest = max(longest, time_taken)
            count = max(1, min(TURN_LIMIT, int(TURN_MILLISECONDS / longest)))
            for _ in range(repeats):
                for contender, one in workers.items():
                    time.sleep(PAUSE)
                    self.guarded(contender, lambda: self.turn(contender, one, count))
        finally:
            for one in workers.values():
                one.close()

    def turn(self, contender, one, count):
        for _ in range(count):
            self.figures[contender].take(one.ask(asked(contender, self.row)))

    def one_by_one(self, repeats):
        """Each is loaded for its turn alone."""
        for _ in range(repeats):
            for contender in self.row.contenders:
                made = self.guarded(contender, lambda: self.ready(contender))
                if made:
                    self.guarded(contender, lambda: self.turn(contender, made[0], 1))
                    made[0].close()


def measure(team, row, repeats, say):
    """Figures by contender."""
    turns = Turns(team, row, say)
    # Before anything is loaded: a conversion needs the memory of several models.
    for contender in row.contenders:
        if contender.name == "OpenVINO":
            turns.guarded(contender, lambda: team.converted(row.part, say))
    (turns.one_by_one if row.is_alone else turns.together)(repeats)
    return turns.figures


def start_times(team, contender, repeats, say):
    """Seconds from the start of the program to when text and picture are encoded, so that the first
    step of the UNet can begin; the first of the repeats brings the files into the page cache."""
    seconds = []
    for _ in range(repeats + 1):
        one = team.start(contender, "encode", 256, say)
        try:
            one.ask("text-encoder")
            one.ask("encode")
            seconds.append(time.monotonic() - one.start)
        finally:
            one.close()
    return seconds[1:]


def run_peak(team, contender):
    """Bytes that `instructcv run` holds at most, one picture of 256 px in two steps."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile("w+") as messages:
        command = [team.program, "run", *team.our_arguments(contender.precision),
                   "--image", team.models / "picture.png", "--output", f"{folder}/answer.png",
                   "--instruction", "Segment the dog", "--steps", 2, "--seed", 1,
                   "--resolution", 256, "--quiet"]  # fmt: skip
        process = subprocess.Popen(
            list(map(str, command)), stdout=messages, stderr=messages,
            env={**os.environ, **team.environment},
        )  # fmt: skip
        worker.leave_first(process.pid)
        # The kernel's own record of the largest resident set, in kilobytes.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            messages.seek(0)
            raise worker.Failure(
                f"it ended with {process.returncode}: {messages.read().strip()[-300:]}"
            )
        return usage.ru_maxrss * 1024
