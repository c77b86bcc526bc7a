"""Goldens of Tests/DiffusionTests: the noise levels and trajectories of every sampler, made by
diffusers' schedulers in double precision with a toy network.

Run from the package root: python3 Scripts/goldens/samplers.py
Needs torch, diffusers, scipy, safetensors.
"""

import sys

import numpy
import torch
from diffusers import (
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    HeunDiscreteScheduler,
    LMSDiscreteScheduler,
    UniPCMultistepScheduler,
)
from diffusers.schedulers import (
    scheduling_dpmsolver_multistep,
    scheduling_euler_ancestral_discrete,
    scheduling_unipc_multistep,
)

from diffusion import FOLDER, SHAPE, STABLE, toy
from golden_files import record, save

SEED = 80808
COUNTS = (1, 2, 4, 20, 100)
# Up to so many steps the whole trajectory is kept, of more the last latent.
SHORT = 4
SPACINGS = ("uniform", "trailing", "leading", "karras", "exponential")
PREDICTIONS = ("epsilon", "v_prediction", "sample")


class InDouble:
    """A module in which float32 means float64."""

    def __init__(self, module):
        self.module = module

    def __getattr__(self, name):
        return getattr(self.module, "float64" if name == "float32" else name)


for scheduler in (
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    HeunDiscreteScheduler,
    LMSDiscreteScheduler,
    UniPCMultistepScheduler,
):
    module = sys.modules[scheduler.__module__]
    module.torch = InDouble(torch)
    module.np = InDouble(numpy)


class LinearMultistepScheduler(LMSDiscreteScheduler):
    """With quadrature over Python's numbers, a good deal faster than over tensors."""

    def get_lms_coefficient(self, *arguments):
        levels = self.sigmas
        self.sigmas = levels.tolist()
        coefficient = super().get_lms_coefficient(*arguments)
        self.sigmas = levels
        return coefficient


# Name, scheduler, its own arguments, the spacing that is usual.
METHODS = {
    "euler-ancestral": (EulerAncestralDiscreteScheduler, {}, "uniform"),
    "euler": (EulerDiscreteScheduler, {}, "uniform"),
    "heun": (HeunDiscreteScheduler, {}, "uniform"),
    "lms": (LinearMultistepScheduler, {}, "uniform"),
    "ddim": (DDIMScheduler, dict(clip_sample=False, set_alpha_to_one=True), "trailing"),
    "ddim-noisy": (DDIMScheduler, dict(clip_sample=False, set_alpha_to_one=True), "trailing"),
    "dpm-2m": (DPMSolverMultistepScheduler, {}, "uniform"),
    "dpm-2m-sde": (
        DPMSolverMultistepScheduler,
        dict(algorithm_type="sde-dpmsolver++"),
        "uniform",
    ),
    "unipc": (UniPCMultistepScheduler, {}, "trailing"),
}
# Those that step z_t instead of z_t / signal.
ON_PROCESS = ("ddim", "ddim-noisy", "dpm-2m", "dpm-2m-sde", "unipc")
NOISY_ETA = 0.6


def table(scheduler):
    """The schedule's noise levels, rising."""
    alphas = scheduler.alphas_cumprod.numpy()
    return ((1 - alphas) / alphas) ** 0.5


def k_diffusion_levels(scheduler, spacing, count):
    """k-diffusion's levels: DiscreteSchedule.get_sigmas and sigma_to_t, get_sigmas_karras,
    get_sigmas_exponential. Returns timesteps and levels."""
    logs = numpy.log(table(scheduler))
    numbers = numpy.arange(len(logs))
    if spacing == "uniform":
        timesteps = numpy.linspace(len(logs) - 1, 0, count)
        return timesteps, numpy.exp(numpy.interp(timesteps, numbers, logs))
    ramp = numpy.linspace(0, 1, count)
    low, high = numpy.exp(logs[0]), numpy.exp(logs[-1])
    if spacing == "karras":
        sigmas = (high ** (1 / 7) + ramp * (low ** (1 / 7) - high ** (1 / 7))) ** 7
    else:
        sigmas = numpy.exp(numpy.log(high) + ramp * (numpy.log(low) - numpy.log(high)))
    return numpy.interp(numpy.log(sigmas), logs, numbers), sigmas


def prepared(name, spacing, count, prediction, pure_noise=False):
    """The method's scheduler, ready for `count` steps, and its timesteps and levels. These are the
    scheduler's own as far as it has that spacing, and k-diffusion's otherwise."""
    kind, arguments, _ = METHODS[name]
    arguments = dict(arguments, **STABLE, prediction_type=prediction, steps_offset=1)
    if spacing in ("trailing", "leading"):
        arguments["timestep_spacing"] = spacing
    own = spacing in ("trailing", "leading")
    if spacing in ("karras", "exponential") and kind is not EulerAncestralDiscreteScheduler:
        arguments[f"use_{spacing}_sigmas"] = True
        # These take the lowest level for a run of one step.
        own = count > 1 or kind in (DPMSolverMultistepScheduler, UniPCMultistepScheduler)
    if kind is EulerAncestralDiscreteScheduler and prediction == "sample":
        arguments["prediction_type"] = "epsilon"
    scheduler = kind(**arguments)
    if pure_noise:
        betas = scheduling_unipc_multistep.rescale_zero_terminal_snr(scheduler.betas)
        scheduler.alphas_cumprod = torch.cumprod(1 - betas, dim=0)
        scheduler.alphas_cumprod[-1] = 2**-24
    scheduler.set_timesteps(count)
    if hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(0)
    if kind is DDIMScheduler:
        timesteps = scheduler.timesteps.numpy()
        return scheduler, timesteps, table(scheduler)[timesteps]
    if own:
        timesteps, sigmas = scheduler.timesteps.numpy(), scheduler.sigmas.numpy()[:-1]
        if kind is HeunDiscreteScheduler:
            timesteps, sigmas = timesteps[::2], sigmas[::2]
    else:
        timesteps, sigmas = k_diffusion_levels(scheduler, spacing, count)
    if spacing == "exponential" and name in ON_PROCESS:
        # The scheduler cuts to whole timesteps, which hangs on the last bit at table entries.
        timesteps = k_diffusion_levels(scheduler, spacing, count)[0].round()
    with_end = torch.tensor(numpy.append(sigmas, 0))
    all_timesteps = torch.tensor(timesteps)
    if kind is HeunDiscreteScheduler:
        with_end = torch.cat([with_end[:1], with_end[1:-1].repeat_interleave(2), with_end[-1:]])
        all_timesteps = torch.cat([all_timesteps[:1], all_timesteps[1:].repeat_interleave(2)])
    scheduler.sigmas, scheduler.timesteps = with_end, all_timesteps
    return scheduler, timesteps, sigmas


def initial_scale(name, spacing, scheduler, highest):
    """What noise is multiplied by, for z_t / signal."""
    if name.startswith("dpm") and spacing == "uniform":
        return highest
    scale = float(scheduler.init_noise_sigma)
    return scale * (1 + highest**2) ** 0.5 if name in ON_PROCESS else scale


def trajectory(name, spacing, count, prediction, noises, pure_noise=False, network=toy):
    """The latents after each step, as z_t / signal, [count, ...]."""
    scheduler, timesteps, sigmas = prepared(name, spacing, count, prediction, pure_noise)
    noises = iter(noises)

    # Drawn in every step; the samplers draw none in the last, where it counts for nothing.
    def drawn(shape, **_):
        return next(noises).clone()

    for module in (scheduling_euler_ancestral_discrete, scheduling_dpmsolver_multistep):
        module.randn_tensor = drawn
    levels = [float(sigma) for sigma in sigmas] + [0.0]
    scales = [(1 + level**2) ** 0.5 if name in ON_PROCESS else 1 for level in levels]
    x = next(noises) * initial_scale(name, spacing, scheduler, levels[0]) / scales[0]
    latents = []
    for index, t in enumerate(scheduler.timesteps):
        # The network sees z_t and answers in float64.
        seen = scheduler.scale_model_input(x, t)
        output = network(seen, t.double())
        arguments = {}
        if name == "euler-ancestral" and prediction == "sample":
            output = (x - output) / scheduler.sigmas[index]
        if name == "ddim-noisy":
            arguments = dict(eta=NOISY_ETA, variance_noise=next(noises))
        x = scheduler.step(output, int(t) if "ddim" in name else t, x, **arguments).prev_sample
        assert x.dtype == torch.float64 and x.isfinite().all()
        is_last = index + 1 == len(scheduler.timesteps)
        # The first of Heun's two evaluations ends no step, but for the last step, which has one.
        if name != "heun" or index % 2 == 1 or is_last:
            latents.append(x * scales[len(latents) + 1])
    assert len(latents) == count
    return torch.stack(latents)


def kept(latents):
    return latents if len(latents) <= SHORT else latents[-1:]


def trajectories(noises):
    for name, (kind, _, usual) in METHODS.items():
        tensors = {}
        for prediction in PREDICTIONS:
            for count in COUNTS:
                latents = trajectory(name, usual, count, prediction, noises)
                tensors[f"{usual}/{prediction}/{count}"] = kept(latents)
        for spacing in SPACINGS:
            # diffusers' DDIM has only whole timesteps, a fixed number apart.
            if spacing == usual or (kind is DDIMScheduler and spacing != "leading"):
                continue
            for count in (SHORT, 20):
                latents = trajectory(name, spacing, count, "v_prediction", noises)
                tensors[f"{spacing}/v_prediction/{count}"] = latents[-1:]
        for count in COUNTS:
            for prediction in ("v_prediction", "sample"):
                latents = trajectory(name, usual, count, prediction, noises, pure_noise=True)
                tensors[f"{usual}/{prediction}/{count}/pure-noise"] = latents[-1:]
        save(FOLDER, f"sampler-{name}.safetensors", tensors)


def spacings():
    tensors = {}
    for name in ("euler", "ddim", "dpm-2m", "unipc"):
        for spacing in SPACINGS:
            if name == "ddim" and spacing not in ("trailing", "leading"):
                continue
            for count in COUNTS:
                scheduler, timesteps, sigmas = prepared(name, spacing, count, "epsilon")
                key = f"{name}/{spacing}/{count}"
                tensors[key + "/timesteps"] = torch.tensor(timesteps)
                tensors[key + "/sigmas"] = torch.tensor(sigmas)
                scale = initial_scale(name, spacing, scheduler, float(sigmas[0]))
                tensors[key + "/initial_scale"] = torch.tensor([scale])
    save(FOLDER, "spacings.safetensors", tensors)


def main():
    generator = torch.Generator().manual_seed(SEED)
    # In fp32, so that the file holds exactly these numbers.
    noises = torch.randn((max(COUNTS) + 1, *SHAPE), generator=generator).double()
    save(FOLDER, "sampler-noise.safetensors", {"noises": noises})
    spacings()
    trajectories(noises)
    names = [f"sampler-{name}.safetensors" for name in ("noise", *METHODS)]
    record(
        FOLDER,
        "python3 Scripts/goldens/samplers.py",
        SEED,
        ["torch", "diffusers", "scipy", "safetensors"],
        [*names, "spacings.safetensors"],
    )


if __name__ == "__main__":
    main()
