"""The rows of the table: the work, who does it, and how fast ours is to be."""

import dataclasses

from contenders import Contender

PYTORCH, OPENVINO, OURS = "PyTorch", "OpenVINO", "ours"


@dataclasses.dataclass
class Row:
    name: str
    work: str
    part: str
    # Of the picture, in pixels.
    side: int
    precision: str
    # Precision of ours; that of the row, if the program has it.
    contenders: list
    # Largest ratios of our least time to a contender's, by its label.
    targets: dict
    # Two of them don't fit in the memory at once: each is started anew for each round.
    is_alone: bool = False

    @property
    def title(self):
        is_mixed = self.part == "training" and self.precision != "fp32"
        return f"{self.work}, {self.precision}" + (" products" if is_mixed else "")


# Name, work, part, side, targets against OpenVINO and PyTorch in fp32 and in bf16.
INFERENCE = [
    ("text-encoder", "text encoder, 77 tokens", "text-encoder", 256, (1.0, None), (1.0, None)),
    ("encode", "VAE encode, 256 px", "encode", 256, (0.45, None), (0.75, None)),
    ("decode", "VAE decode, 256 px", "decode", 256, (0.42, None), (0.70, None)),
    ("unet-1", "UNet 32x32, batch 1", "unet-1", 256, (0.65, None), (0.85, None)),
    ("unet-3", "UNet 32x32, batch 3", "unet-3", 256, (0.65, 0.43), (0.80, 0.6)),
    ("unet-64", "UNet 64x64, batch 3", "unet-3", 512, None, (0.80, None)),
]
# On AVX2 alone, fp32 against OpenVINO with the same restriction.
AVX2_TARGET = 1.0
TRAINING_TARGETS = {"fp32": 0.35, "bf16": 0.27}
INT8_TARGET = 0.65
# GB: the whole `run` and a training step; s: from start to the first UNet step.
RUN_MEMORY_TARGETS = {"fp32": 4.3, "bf16": 2.6}
TRAINING_MEMORY_TARGET = 15.0
START_TARGET = 3.0

NAMES = [row[0] for row in INFERENCE] + ["int8", "training", "memory", "start"]


def rows(team, names, precisions):
    """The rows of times among `names`, in the table's order."""
    chosen = []
    for name, work, part, side, *targets in INFERENCE:
        for precision, (of_openvino, of_pytorch) in pairs(targets):
            if name not in names or precision not in precisions:
                continue
            peers = [Contender(PYTORCH, precision), Contender(OPENVINO, precision)]
            bounds = {peers[0].label: of_pytorch, peers[1].label: of_openvino}
            if team.max_isa == "avx2":
                bounds = {peers[1].label: AVX2_TARGET} if precision == "fp32" else {}
            chosen.append(
                Row(name, work, part, side, precision, [team.ours(precision), *peers], bounds)
            )
    if "int8" in names and "int8" in team.our_precisions:
        ours = [Contender(OURS, "int8"), Contender(OURS, "bf16")]
        chosen.append(
            Row("int8", "UNet 32x32, batch 3", "unet-3", 256, "int8", ours,
                {ours[1].label: INT8_TARGET})
        )  # fmt: skip
    if "training" in names:
        for precision in precisions:
            if precision not in team.our_training_precisions:
                continue
            peers = [Contender(PYTORCH, p) for p in dict.fromkeys(["fp32", precision])]
            bounds = {peers[0].label: TRAINING_TARGETS[precision]}
            chosen.append(
                Row("training", "training step, UNet 32x32, batch 1, AdamW, EMA", "training", 256,
                    precision, [Contender(OURS, precision), *peers],
                    {} if team.max_isa else bounds, is_alone=True)
            )  # fmt: skip
    if team.size != "full":
        for row in chosen:
            row.targets = {}
    return chosen


def pairs(targets):
    return [(p, t) for p, t in zip(("fp32", "bf16"), targets) if t is not None]
