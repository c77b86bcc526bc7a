"""Golden of Tests/instructcvTests: a tiny model's folder and what diffusers, transformers and PyTorch
make of some inputs, for `instructcv model check`.

Run from the package root: python3 Scripts/goldens/model_check.py
Needs torch, diffusers, transformers, scipy, safetensors.
"""

import json
import shutil

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

import samplers
from diffusion import STABLE
from golden_files import ROOT, randomise, record

FOLDER = ROOT / "Tests/instructcvTests/Goldens"
CHECK = FOLDER / "check"
SEED = 14142
LENGTH = 12
TEXTS = ["the dog", "", "a dog and the cat's ball", "dog " * 20]
TRAJECTORIES = [("euler-ancestral", "uniform"), ("ddim", "trailing"), ("unipc", "karras")]
# Divides the 1000 timesteps: other counts end elsewhere in diffusers' DDIM.
STEPS = 4


def vocabulary():
    letters = [*"abcdefghijklmnopqrstuvwxyz'"]
    merges = [("d", "o"), ("do", "g</w>"), ("t", "h"), ("th", "e</w>")]
    tokens = letters + [letter + "</w>" for letter in letters]
    tokens += ["".join(merge) for merge in merges] + ["<|startoftext|>", "<|endoftext|>"]
    return {token: index for index, token in enumerate(tokens)}, merges


def models(size):
    unet = UNet2DConditionModel(
        sample_size=4, in_channels=8, out_channels=4, block_out_channels=(8, 8),
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"), layers_per_block=1,
        attention_head_dim=2, cross_attention_dim=12, norm_num_groups=4,
    )  # fmt: skip
    autoencoder = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2,
        block_out_channels=(8, 8), layers_per_block=1, latent_channels=4, norm_num_groups=4,
    )  # fmt: skip
    text = CLIPTextModel(
        CLIPTextConfig(
            vocab_size=size, hidden_size=12, intermediate_size=20, num_hidden_layers=1,
            num_attention_heads=2, max_position_embeddings=LENGTH, bos_token_id=size - 2,
            eos_token_id=size - 1, pad_token_id=size - 1,
        )
    )  # fmt: skip
    for index, model in enumerate((unet, autoencoder, text)):
        # Half precision holds the weights exactly.
        randomise(model, SEED + index).half()
    return unet, autoencoder, text


def write_model(folder, unet, autoencoder, text, tokens, merges):
    unet.save_pretrained(folder / "unet")
    autoencoder.save_pretrained(folder / "vae")
    text.save_pretrained(folder / "text_encoder")
    (folder / "tokenizer").mkdir()
    (folder / "tokenizer/vocab.json").write_text(json.dumps(tokens))
    lines = ["#version: 0.2"] + [" ".join(merge) for merge in merges]
    (folder / "tokenizer/merges.txt").write_text("\n".join(lines) + "\n")
    scheduler = dict(STABLE, _class_name="EulerAncestralDiscreteScheduler", steps_offset=1)
    (folder / "scheduler").mkdir()
    (folder / "scheduler/scheduler_config.json").write_text(json.dumps(scheduler, indent=2))


def trajectories(unet, picture, text, null):
    contexts = torch.cat([text, null, null])
    pictures = torch.cat([picture, picture, torch.zeros_like(picture)])

    def network(seen, t):
        sample = torch.cat([seen.repeat(3, 1, 1, 1), pictures], dim=1)
        full, image, none = unet(sample, t, contexts).sample.chunk(3)
        return none + 7.5 * (full - image) + 1.5 * (image - none)

    source = torch.Generator().manual_seed(0)
    noises = [torch.randn(picture.shape, generator=source).double() for _ in range(STEPS + 1)]
    tensors = {
        "trajectory.picture": picture, "trajectory.context": text, "trajectory.null_context": null,
    }  # fmt: skip
    for name, spacing in TRAJECTORIES:
        scheduler, timesteps, levels = samplers.prepared(name, spacing, STEPS, "epsilon")
        scale = samplers.initial_scale(name, spacing, scheduler, float(levels[0]))
        latents = samplers.trajectory(name, spacing, STEPS, "epsilon", noises, network=network)
        tensors[f"trajectory.{name}.{spacing}.{STEPS}.latents"] = torch.cat(
            [noises[0][None] * scale, latents]
        )[:, 0]
        tensors[f"timesteps.{name}.{spacing}"] = torch.tensor(timesteps)
    return tensors


@torch.no_grad()
def main():
    shutil.rmtree(CHECK, ignore_errors=True)
    CHECK.mkdir(parents=True)
    torch.manual_seed(SEED)
    generator = torch.Generator().manual_seed(SEED)

    def normal(*shape):
        return torch.randn(shape, generator=generator).double()

    tokens, merges = vocabulary()
    unet, autoencoder, text = models(len(tokens))
    write_model(CHECK / "model", unet, autoencoder, text, tokens, merges)
    for model in (unet, autoencoder, text):
        model.double()
    ids = CLIPTokenizer(vocab=tokens, merges=merges)(
        TEXTS, padding="max_length", max_length=LENGTH, truncation=True, return_tensors="pt"
    ).input_ids
    states = text(ids).last_hidden_state
    picture, latent, sample = normal(1, 3, 8, 12), normal(1, 4, 4, 6), normal(2, 8, 4, 6)
    timesteps = torch.tensor([981.0, 52.5]).double()
    source = torch.Generator().manual_seed(42)
    floats = {
        "text.states": states, "vae.picture": picture,
        "vae.mean": autoencoder.encode(picture).latent_dist.mean, "vae.latent": latent,
        "vae.decoded": autoencoder.decode(latent).sample, "unet.sample": sample,
        "unet.timesteps": timesteps, "unet.context": states[:2],
        "unet.output": unet(sample, timesteps, states[:2]).sample,
        "noise.42": torch.cat([torch.randn((1, 4, 3, 5), generator=source) for _ in range(2)]),
    } | trajectories(unet, normal(1, 4, 4, 4), *states[:2].chunk(2))  # fmt: skip
    tensors = {name: value.float().contiguous() for name, value in floats.items()}
    tensors |= {"text.tokens": ids.int(), "tokens.ids": ids}
    save_file(tensors, CHECK / "reference.safetensors", {"tokens.texts": json.dumps(TEXTS)})
    files = sorted(path for path in CHECK.rglob("*") if path.is_file())
    for path in files:
        path.chmod(0o644)
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size} bytes")
    record(
        FOLDER, "python3 Scripts/goldens/model_check.py", SEED,
        ["torch", "diffusers", "transformers", "scipy", "safetensors"],
        [str(path.relative_to(FOLDER)) for path in files],
    )  # fmt: skip


if __name__ == "__main__":
    main()
