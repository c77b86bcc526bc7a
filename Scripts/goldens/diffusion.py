"""Goldens of Tests/DiffusionTests: schedules and samplers of diffusers with a toy network, and the
whole InstructPix2Pix pipeline of tiny models.

Run from the package root: python3 Scripts/goldens/diffusion.py
Needs torch, diffusers, transformers, safetensors.
"""

import json

import torch
from diffusers import (
    DDIMScheduler,
    DDPMScheduler,
    DPMSolverMultistepScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    StableDiffusionInstructPix2PixPipeline,
)
from diffusers.schedulers import scheduling_euler_ancestral_discrete as ancestral

import tiny_models
from golden_files import ROOT, channels_last, record, save, weights

FOLDER = ROOT / "Tests/DiffusionTests/Goldens"
SEED = 70707
SHAPE = (2, 3, 4, 2)
STABLE = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")


def toy(x, t):
    """What stands for the network: smooth in both arguments, of about the right size."""
    return torch.sin(1.3 * x + t / 400)


def schedules():
    tables = {}
    for name, arguments in {
        "scaled_linear": STABLE,
        "linear": dict(beta_start=0.0001, beta_end=0.02, beta_schedule="linear"),
        "squaredcos_cap_v2": dict(beta_schedule="squaredcos_cap_v2"),
    }.items():
        scheduler = DDPMScheduler(**arguments)
        tables[name] = scheduler.alphas_cumprod
    for name, arguments in [("scaled_linear", STABLE), ("linear", dict(beta_schedule="linear"))]:
        # This scheduler keeps the last entry above zero.
        scheduler = EulerDiscreteScheduler(**arguments, rescale_betas_zero_snr=True)
        tables[name + "-pure-noise"] = scheduler.alphas_cumprod
    # The noised latent and its target at two timesteps.
    scheduler = DDPMScheduler(**STABLE)
    generator = torch.Generator().manual_seed(SEED)
    clean, noise = torch.randn(SHAPE, generator=generator), torch.randn(SHAPE, generator=generator)
    timesteps = torch.tensor([3, 901])
    tables |= {
        "clean": clean,
        "noise": noise,
        "noised": scheduler.add_noise(clean, noise, timesteps),
        "velocity": scheduler.get_velocity(clean, noise, timesteps),
    }
    save(FOLDER, "schedules.safetensors", tables)


def capture_noise(noises):
    """Lets the ancestral scheduler draw from a list that is kept."""

    def draw(shape, dtype=None, device=None, generator=None):
        noise = torch.randn(shape, generator=capture_noise.generator, dtype=torch.float32)
        noises.append(noise)
        return noise.to(dtype)

    ancestral.randn_tensor = draw


def trajectory(name, scheduler, count, start_scale, to_sampler_scale, timesteps=None):
    """Runs `count` steps and saves noise and latents, the latter as z / signal."""
    generator = torch.Generator().manual_seed(SEED + 1)
    capture_noise.generator = generator
    noises = []
    capture_noise(noises)
    first = torch.randn(SHAPE, generator=generator)
    if timesteps is None:
        scheduler.set_timesteps(count)
    else:
        scheduler.set_timesteps(timesteps=timesteps)
    x = first * start_scale(scheduler)
    latents = []
    for index, t in enumerate(scheduler.timesteps):
        output = toy(scheduler.scale_model_input(x, t), t)
        x = scheduler.step(output, t, x).prev_sample
        latents.append(to_sampler_scale(scheduler, x, index))
    tensors = {
        "first_noise": first,
        "timesteps": scheduler.timesteps,
        "latents": torch.stack(latents),
    }
    if noises:
        tensors["noises"] = torch.stack(noises)
    save(FOLDER, name + ".safetensors", tensors)


def samplers():
    def own_scale(scheduler, x, index):
        return x

    def process_scale(scheduler, x, index):
        """z to z / signal at the timestep that the step has reached."""
        if index + 1 == len(scheduler.timesteps):
            return x
        return x / scheduler.alphas_cumprod[int(scheduler.timesteps[index + 1])] ** 0.5

    def sigma_scale(scheduler):
        return scheduler.init_noise_sigma

    # Ten steps, so that evenly spaced timesteps are whole numbers.
    trajectory(
        "euler-ancestral",
        EulerAncestralDiscreteScheduler(**STABLE, timestep_spacing="linspace"),
        10,
        sigma_scale,
        own_scale,
    )
    trajectory(
        "euler", EulerDiscreteScheduler(**STABLE, timestep_spacing="linspace"), 10, sigma_scale, own_scale
    )
    trajectory(
        "euler-velocity",
        EulerDiscreteScheduler(
            **STABLE, timestep_spacing="linspace", prediction_type="v_prediction"
        ),
        10,
        sigma_scale,
        own_scale,
    )
    ddim = dict(
        **STABLE, timestep_spacing="trailing", clip_sample=False, set_alpha_to_one=True
    )
    for name, prediction in [
        ("ddim", "epsilon"),
        ("ddim-velocity", "v_prediction"),
        ("ddim-sample", "sample"),
    ]:
        trajectory(
            name, DDIMScheduler(**ddim, prediction_type=prediction), 8, sigma_scale, process_scale
        )
    trajectory(
        "dpm-2m",
        DPMSolverMultistepScheduler(**STABLE, final_sigmas_type="zero", solver_order=2),
        10,
        # Pure noise of the level's size, not of the process' end.
        lambda scheduler: (1 - scheduler.alphas_cumprod[999]) ** 0.5,
        process_scale,
        timesteps=[round(999 - 111 * k) for k in range(10)],
    )


def pipeline():
    unet = tiny_models.unet(SEED + 2)
    vae = tiny_models.autoencoder(SEED + 3)
    text = tiny_models.text_encoder(SEED + 4, width=10)
    for name, model in [("unet", unet), ("autoencoder", vae), ("text-encoder", text)]:
        fields = json.loads(model.config.to_json_string() if name == "text-encoder" else model.to_json_string())
        fields.pop("_name_or_path", None)
        (FOLDER / f"pipeline-{name}.json").write_text(json.dumps(fields, indent=2, sort_keys=True) + "\n")
    scheduler = EulerAncestralDiscreteScheduler(**STABLE, timestep_spacing="linspace", steps_offset=1)
    pipe = StableDiffusionInstructPix2PixPipeline(
        vae, text, None, unet, scheduler, None, None, requires_safety_checker=False
    )
    pipe.set_progress_bar_config(disable=True)

    generator = torch.Generator().manual_seed(SEED + 5)
    picture = torch.rand((1, 3, 16, 24), generator=generator).double()
    tokens = torch.tensor([[38, 5, 11, 29, 39, 39, 39, 39, 39], [38] + [39] * 8])
    with torch.no_grad():
        states = text(tokens).last_hidden_state
    first = torch.randn((1, 4, 8, 12), generator=generator).double()
    capture_noise.generator = generator
    noises, latents = [], []
    capture_noise(noises)

    def keep(pipe, step, timestep, values):
        latents.append(values["latents"].clone())
        return {}

    result = pipe(
        prompt_embeds=states[:1],
        negative_prompt_embeds=states[1:],
        image=picture,
        latents=first.clone(),
        num_inference_steps=10,
        guidance_scale=7.5,
        image_guidance_scale=1.5,
        output_type="pt",
        callback_on_step_end=keep,
    ).images
    save(
        FOLDER,
        "pipeline.safetensors",
        {
            **weights(unet, "unet."),
            **weights(vae, "vae."),
            **weights(text, "text."),
            "picture": channels_last(picture * 2 - 1),
            "tokens": tokens.double(),
            "first_noise": channels_last(first),
            "noises": torch.stack([channels_last(noise) for noise in noises]),
            "latents": torch.stack([channels_last(latent) for latent in latents]),
            "result": channels_last(result),
        },
    )


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    schedules()
    samplers()
    pipeline()
    # The others are made by samplers.py, schedulers.py and torch_random.py.
    names = sorted(
        path.name
        for path in FOLDER.iterdir()
        if not path.name.startswith(("manifest", "sampler-", "schedulers.", "spacings", "torch-random"))
    )
    record(
        FOLDER,
        "python3 Scripts/goldens/diffusion.py",
        SEED,
        ["torch", "diffusers", "transformers", "safetensors"],
        names,
    )


if __name__ == "__main__":
    main()
