"""A process that loads something once and then does its work on request, telling the time."""

import json
import os
import subprocess
import tempfile
import time


class Failure(Exception):
    """A worker that ended, with the end of what it said."""


class Worker:
    """Reads an opening line of JSON, then answers each name with a line of JSON."""

    def __init__(self, command, environment):
        self.messages = tempfile.TemporaryFile("w+")
        self.start = time.monotonic()
        self.process = subprocess.Popen(
            list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=self.messages, text=True, env={**os.environ, **environment},
        )  # fmt: skip
        leave_first(self.process.pid)
        try:
            self.opening = self.read()
        except BaseException:
            self.close()
            raise

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            code = self.process.wait()
            self.messages.seek(0)
            raise Failure(f"it ended with {code}: {self.messages.read().strip()[-300:]}")
        return json.loads(line)

    def ask(self, name):
        """Does the work once; the time and what else the worker tells."""
        try:
            self.process.stdin.write(name + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # Reading tells why.
        return self.read()

    def close(self):
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.messages.close()


def leave_first(pid):
    """Of all processes the system shall end this one when memory runs out."""
    try:
        with open(f"/proc/{pid}/oom_score_adj", "w") as file:
            file.write("1000")
    except OSError:
        pass
