"""Who is measured, and how each is started."""

import dataclasses
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import parts
import worker

HERE = pathlib.Path(__file__).resolve().parent


@dataclasses.dataclass(frozen=True)
class Contender:
    """A program in one precision; `name` is ours, PyTorch or OpenVINO."""

    name: str
    precision: str

    @property
    def label(self):
        return f"{self.name} {self.precision}"


# Freed memory stays with PyTorch: large maps would come as fresh pages each time.
KEEPING_MEMORY = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(1 << 40),
                  "MALLOC_TOP_PAD_": str(1 << 28)}  # fmt: skip


class Team:
    """Starts contenders on the models of one size."""

    def __init__(self, program, size, models, threads, max_isa):
        self.program, self.size, self.models = program, size, models
        self.threads, self.max_isa = threads, max_isa
        self.our_precisions = precisions_of(program)
        self.our_training_precisions = training_precisions_of(program, self.environment)
        # What PyTorch found to be fastest, by contender, part and side.
        self.settings = {}

    @property
    def fp32(self):
        return self.models / "fp32"

    @property
    def bf16(self):
        return self.models / "bf16"

    @property
    def environment(self):
        values = {"OMP_NUM_THREADS": str(self.threads), "TOKENIZERS_PARALLELISM": "false",
                  "HF_HUB_OFFLINE": "1", "OPENVINO_TELEMETRY_OPT_OUT": "1"}  # fmt: skip
        if self.max_isa == "avx2":
            values |= {"ONEDNN_MAX_CPU_ISA": "AVX2", "DNNL_MAX_CPU_ISA": "AVX2",
                       "ATEN_CPU_CAPABILITY": "avx2", "MKL_ENABLE_INSTRUCTIONS": "AVX2",
                       "INSTRUCTCV_ISA": "avx2"}  # fmt: skip
        return values

    def ours(self, precision):
        """Ourselves in that precision, or in fp32 where the program has no other."""
        return Contender("ours", precision if precision in self.our_precisions else "fp32")

    def our_arguments(self, precision):
        """Model and precision as every command takes them."""
        model = self.bf16 if precision == "bf16" else self.fp32
        chosen = ["--precision", precision] if len(self.our_precisions) > 1 else []
        return ["--model", model, "--threads", self.threads, *chosen]

    def make_models(self, say):
        """The random models, unless they are there."""
        if self.bf16.exists() and (self.models / "picture.png").exists():
            return
        say(f"making random weights of {self.size} size")
        run_script("random_models.py", self.size, self.models)

    def converted(self, part, say):
        file = self.models / "openvino" / f"{parts.file_of(part)}.xml"
        if not file.exists():
            say(f"converting {parts.file_of(part)} for OpenVINO")
            # Under another name until it is whole.
            with tempfile.TemporaryDirectory(dir=self.models) as folder:
                half = pathlib.Path(folder) / file.name
                run_script("openvino_models.py", self.fp32, parts.file_of(part), half)
                file.parent.mkdir(exist_ok=True)
                os.replace(half.with_suffix(".bin"), file.with_suffix(".bin"))
                os.replace(half, file)
        return file

    def start(self, contender, part, side, say):
        """A worker that has loaded its model."""
        common = ["--part", part, "--side", side, "--precision", contender.precision,
                  "--threads", self.threads, "--model", self.fp32]  # fmt: skip
        if contender.name == "ours":
            if part == "training":
                command = [self.program, "bench", "train", "--on-request", "--quiet",
                           "--config", self.models / "training.yaml",
                           "--products", contender.precision,
                           "--threads", self.threads]  # fmt: skip
            else:
                command = [self.program, "bench", "model", "--on-request", "--quiet",
                           "--resolution", side, *self.our_arguments(contender.precision)]  # fmt: skip
        elif contender.name == "OpenVINO":
            command = [sys.executable, HERE / "openvino_peer.py",
                       "--converted", self.converted(part, say), *common]  # fmt: skip
        else:
            command = [sys.executable, HERE / "torch_peer.py", "--bf16-model", self.bf16, *common]
            known = self.settings.get((contender, part, side))
            if known:
                command += ["--settings", json.dumps(known)]
        # Not where memory is measured as well.
        keeps = contender.name == "PyTorch" and part not in ("training", "answer")
        started = worker.Worker(command, self.environment | (KEEPING_MEMORY if keeps else {}))
        if contender.name == "PyTorch":
            self.settings[contender, part, side] = started.opening["settings"]
        return started


def run_script(name, *arguments):
    subprocess.run(
        [sys.executable, HERE / name, *map(str, arguments)], check=True, stdout=sys.stderr
    )


def training_precisions_of(program, environment):
    """What products of a training step can be computed in: bf16 only where the program says so."""
    opening = subprocess.run(
        [program, "bench", "train", "--on-request", "--quiet", "--products", "bf16"], check=True,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, env=os.environ | environment,
    ).stdout  # fmt: skip
    return list(dict.fromkeys(["fp32", json.loads(opening)["products"]]))


def precisions_of(program):
    """What `--precision` of `instructcv bench model` takes; fp32 alone where there is no such option."""
    text = subprocess.run(
        [program, "bench", "model", "--help"], check=True, capture_output=True, text=True
    ).stdout
    found = re.search(r"\n  --precision .*?(?=\n  -|\n\n)", text, re.DOTALL)
    names = re.findall(r"\b(fp32|bf16|int8)\b", found.group()) if found else []
    return list(dict.fromkeys(["fp32", *names]))
