"""Goldens of Tests/DiffusionTests: scheduler files as diffusers saves them, with the levels and the
last latents of the schedulers read from them, in double precision with a toy network.

Run from the package root: python3 Scripts/goldens/schedulers.py
Needs torch, diffusers, scipy, safetensors.
"""

import json

import torch
from diffusers import (
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    HeunDiscreteScheduler,
    LCMScheduler,
    PNDMScheduler,
    UniPCMultistepScheduler,
)
from diffusers.schedulers import (
    scheduling_dpmsolver_multistep,
    scheduling_euler_ancestral_discrete,
)
from safetensors.torch import load_file

# Puts the schedulers in double precision.
from samplers import COUNTS, LinearMultistepScheduler, table
from diffusion import FOLDER, STABLE, toy
from golden_files import record, save


LEADING = dict(timestep_spacing="leading", steps_offset=1)
FOLLOWED = {
    "euler-ancestral-leading": (EulerAncestralDiscreteScheduler, LEADING),
    "euler-ancestral-leading-0": (EulerAncestralDiscreteScheduler, dict(timestep_spacing="leading")),
    "euler-ancestral-trailing": (EulerAncestralDiscreteScheduler, dict(timestep_spacing="trailing")),
    "euler-leading": (EulerDiscreteScheduler, LEADING),
    "euler-karras": (EulerDiscreteScheduler, dict(use_karras_sigmas=True)),
    "heun-leading": (HeunDiscreteScheduler, LEADING),
    "lms-exponential": (LinearMultistepScheduler, dict(use_exponential_sigmas=True)),
    "lms-trailing": (LinearMultistepScheduler, dict(timestep_spacing="trailing")),
    "ddim": (DDIMScheduler, dict(clip_sample=False)),
    "ddim-stable": (DDIMScheduler, dict(clip_sample=False, set_alpha_to_one=False, **LEADING)),
    "ddim-trailing": (
        DDIMScheduler,
        dict(clip_sample=False, set_alpha_to_one=False, timestep_spacing="trailing"),
    ),
    "dpm-2m": (DPMSolverMultistepScheduler, {}),
    "dpm-2m-leading": (DPMSolverMultistepScheduler, LEADING),
    "dpm-2m-karras": (DPMSolverMultistepScheduler, dict(use_karras_sigmas=True, **LEADING)),
    "dpm-2m-sde": (DPMSolverMultistepScheduler, dict(algorithm_type="sde-dpmsolver++")),
    "unipc": (UniPCMultistepScheduler, {}),
    "unipc-leading": (UniPCMultistepScheduler, LEADING),
}
OTHERS = {
    "euler-ancestral": (EulerAncestralDiscreteScheduler, dict(steps_offset=1)),
    "dpm-3m": (DPMSolverMultistepScheduler, dict(solver_order=3, lambda_min_clipped=-5.1)),
    "ddim-clipping": (DDIMScheduler, {}),
    "pndm": (PNDMScheduler, dict(skip_prk_steps=True, **LEADING)),
    "lcm": (LCMScheduler, {}),
    "flow-match": (FlowMatchEulerDiscreteScheduler, None),
}
# Those that step z_t instead of z_t / signal.
ON_PROCESS = (DDIMScheduler, DPMSolverMultistepScheduler, UniPCMultistepScheduler)


def text(scheduler):
    """The file that diffusers saves."""
    return scheduler.to_json_string().replace("LinearMultistepScheduler", "LMSDiscreteScheduler")


def levels(scheduler):
    """The timesteps, and the levels with that of the result."""
    if isinstance(scheduler, DDIMScheduler):
        rising = table(scheduler)
        last = float((1 - scheduler.final_alpha_cumprod) / scheduler.final_alpha_cumprod) ** 0.5
        return scheduler.timesteps.double(), torch.tensor(
            [rising[t] for t in scheduler.timesteps.tolist()] + [last], dtype=torch.float64
        )
    timesteps, sigmas = scheduler.timesteps, scheduler.sigmas
    if isinstance(scheduler, HeunDiscreteScheduler):
        timesteps, sigmas = timesteps[::2], torch.cat([sigmas[:-1:2], sigmas[-1:]])
    return timesteps.double(), sigmas.double()


def run(scheduler, noises):
    """What noise is multiplied by at the start, and the last latent."""
    noises = iter(noises)

    def drawn(shape, **_):
        return next(noises).clone()

    for module in (scheduling_euler_ancestral_discrete, scheduling_dpmsolver_multistep):
        module.randn_tensor = drawn
    x = next(noises) * scheduler.init_noise_sigma
    for t in scheduler.timesteps:
        output = toy(scheduler.scale_model_input(x, t), t.double())
        t = int(t) if isinstance(scheduler, DDIMScheduler) else t
        x = scheduler.step(output, t, x).prev_sample
        assert x.dtype == torch.float64 and x.isfinite().all()
    scale = float(scheduler.init_noise_sigma)
    if isinstance(scheduler, ON_PROCESS):
        scale *= float(1 + levels(scheduler)[1][0] ** 2) ** 0.5
    return torch.tensor([scale]), x


def main():
    noises = load_file(FOLDER / "sampler-noise.safetensors")["noises"].double()
    texts, tensors = {}, {}
    for name, (kind, arguments) in (FOLLOWED | OTHERS).items():
        scheduler = kind() if arguments is None else kind(**STABLE, **arguments)
        texts[name] = text(scheduler)
        if name in OTHERS:
            continue
        for count in COUNTS:
            # Of one step these take the lowest level.
            if count == 1 and name in ("euler-karras", "lms-exponential"):
                continue
            # Rounding to single precision, which the samplers compute in, grows too large.
            if count == 100 and name == "lms-exponential":
                continue
            scheduler = kind(**STABLE, **arguments)
            scheduler.set_timesteps(count)
            if hasattr(scheduler, "set_begin_index"):
                scheduler.set_begin_index(0)
            key = f"{name}/{count}"
            tensors[key + "/timesteps"], tensors[key + "/sigmas"] = levels(scheduler)
            tensors[key + "/initial_scale"], tensors[key + "/latent"] = run(scheduler, noises)
    for name, kind in (("euler", EulerDiscreteScheduler), ("ddim", DDIMScheduler)):
        # Of one step these take the first timestep.
        for count in COUNTS[1:]:
            scheduler = kind(**STABLE, timestep_spacing="linspace")
            scheduler.set_timesteps(count)
            key = f"linspace-{name}/{count}"
            tensors[key + "/timesteps"], tensors[key + "/sigmas"] = levels(scheduler)
    path = FOLDER / "schedulers.json"
    path.write_text(json.dumps(texts, indent=1) + "\n")
    save(FOLDER, "schedulers.safetensors", tensors)
    record(
        FOLDER,
        "python3 Scripts/goldens/schedulers.py",
        None,
        ["torch", "diffusers", "scipy", "safetensors"],
        ["schedulers.json", "schedulers.safetensors"],
    )


if __name__ == "__main__":
    main()
