"""PyTorch with diffusers and transformers as a peer: one part of a model, run on request.

Whether channels come last, and for bf16 whether the weights are cast or autocast casts on the way, is
tried first; the fastest is kept and told as `settings`, which `--settings` takes without a trial.
"""

import argparse
import itertools
import json

import serving  # first: it keeps the standard output
import torch

import parts

# Trials of each way after a warm-up; the best one counts.
TRIALS = 2


class Inference:
    """One part under inference_mode."""

    def __init__(self, options, settings):
        is_cast = settings["bf16"] == "cast"
        folder = options.bf16_model if is_cast else options.model
        dtype = torch.bfloat16 if is_cast else torch.float32
        self.module = parts.module(options.part, folder, dtype)
        self.inputs = [torch.from_numpy(value) for value in parts.inputs(
            options.part, options.side, parts.text_width(options.model))]  # fmt: skip
        if is_cast:
            self.inputs = [v.to(dtype) if v.is_floating_point() else v for v in self.inputs]
        if settings["channels_last"]:
            self.module.to(memory_format=torch.channels_last)
            self.inputs = [in_channels_last(value) for value in self.inputs]
        self.autocasts = settings["bf16"] == "autocast"

    def __call__(self):
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=self.autocasts):
            self.module(*self.inputs)


class Training:
    """A step of the UNet: mean squared error, AdamW, moving averages; gradients are not clipped."""

    def __init__(self, options, settings):
        self.module = parts.module("unet-1", options.model, torch.float32, is_training=True)
        self.inputs = [torch.from_numpy(value) for value in parts.inputs(
            "unet-1", options.side, parts.text_width(options.model))]  # fmt: skip
        self.target = torch.randn_like(self.inputs[0][:, : parts.LATENT])
        if settings["channels_last"]:
            self.module.to(memory_format=torch.channels_last)
            self.inputs = [in_channels_last(value) for value in self.inputs]
            self.target = in_channels_last(self.target)
        self.parameters = list(self.module.parameters())
        self.averages = [value.detach().clone() for value in self.parameters]
        self.optimizer = torch.optim.AdamW(
            self.parameters, lr=1e-5, betas=(0.9, 0.99), weight_decay=0.01, fused=True
        )
        self.autocasts = settings["bf16"] == "autocast"

    def __call__(self):
        with torch.autocast("cpu", torch.bfloat16, enabled=self.autocasts):
            output = self.module(*self.inputs)
        torch.nn.functional.mse_loss(output.float(), self.target).backward()
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        with torch.no_grad():
            torch._foreach_lerp_(self.averages, self.parameters, 1 - 0.9995)


class Answer:
    """The whole pipeline with two steps, for its memory."""

    def __init__(self, options, settings):
        from diffusers import StableDiffusionInstructPix2PixPipeline
        from PIL import Image

        is_cast = settings["bf16"] == "cast"
        self.pipeline = StableDiffusionInstructPix2PixPipeline.from_pretrained(
            options.bf16_model if is_cast else options.model,
            torch_dtype=torch.bfloat16 if is_cast else torch.float32,
            safety_checker=None,
        )
        self.pipeline.set_progress_bar_config(disable=True)
        self.picture = Image.new("RGB", (options.side, options.side), (90, 120, 150))

    def __call__(self):
        self.pipeline("a dog", image=self.picture, num_inference_steps=2)


KINDS = {"training": Training, "answer": Answer}


def in_channels_last(value):
    return value.contiguous(memory_format=torch.channels_last) if value.ndim == 4 else value


def ways(options):
    """All settings that are worth a trial."""
    if options.part == "answer":
        bf16, layouts = ["cast" if options.precision == "bf16" else None], [False]
    else:
        layouts = [False] if options.part == "text-encoder" else [False, True]
        if options.precision == "fp32":
            bf16 = [None]
        else:
            bf16 = ["autocast"] if options.part == "training" else ["cast", "autocast"]
    return [
        {"bf16": mode, "channels_last": is_last} for mode, is_last in itertools.product(bf16, layouts)
    ]


def settle(options, make):
    """The fastest way, ready to run, and its settings."""
    choices = [json.loads(options.settings)] if options.settings else ways(options)
    if len(choices) == 1:
        return make(options, choices[0]), choices[0]
    times = []
    for settings in choices:
        run = make(options, settings)
        run()
        times.append(min(serving.milliseconds(run) for _ in range(TRIALS)))
        del run
    best = choices[times.index(min(times))]
    return make(options, best), best


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--bf16-model", required=True)
    parser.add_argument("--part", required=True)
    parser.add_argument("--side", type=int, required=True)
    parser.add_argument("--precision", choices=["fp32", "bf16"], required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--settings")
    options = parser.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    run, settings = settle(options, KINDS.get(options.part, Inference))
    serving.serve({"settings": settings}, run)


if __name__ == "__main__":
    main()
