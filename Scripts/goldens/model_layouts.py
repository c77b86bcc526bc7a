"""Writes one tiny random model in every layout that people keep models in, and what it computes.

    python Scripts/goldens/model_layouts.py

needs: pip install torch diffusers transformers safetensors

All layouts hold the same numbers, which every type of float can hold exactly. The names of CompVis are
made here and checked by converting them back with diffusers' own functions.
"""

import json
import shutil

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.loaders import single_file_utils
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from golden_files import ROOT, channels_last, record, save

FOLDER = ROOT / "Tests/DiffusionTests/Goldens"
LAYOUTS = FOLDER / "layouts"
SEED = 20243
VOCABULARY = [*"abcdefghijklmnopqrstuvwxyz"]
SCHEDULER = {
    "_class_name": "EulerAncestralDiscreteScheduler", "beta_start": 0.00085, "beta_end": 0.012,
    "beta_schedule": "scaled_linear", "num_train_timesteps": 1000, "prediction_type": "epsilon",
    "steps_offset": 1, "timestep_spacing": "linspace", "trained_betas": None,
}  # fmt: skip


def rounded(model, seed):
    """Seeded weights with seven bits, which F16 and BF16 hold exactly."""
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in sorted(model.named_parameters()):
        noise = torch.randn(parameter.shape, generator=generator)
        if parameter.ndim > 1:
            value = noise * max(parameter[0].numel(), 4) ** -0.5
        elif "norm" in name and name.endswith("weight"):
            value = 1 + 0.2 * noise
        else:
            value = 0.1 * noise
        parameter.data = (value * 64).round().clamp(-127, 127) / 64
    return model.eval()


def unet_model():
    # Heads, groups and epsilons are those that a checkpoint without a configuration is read with.
    return UNet2DConditionModel(
        sample_size=4, in_channels=8, out_channels=4, block_out_channels=(8, 8),
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"), layers_per_block=1,
        attention_head_dim=8, cross_attention_dim=12, norm_num_groups=8,
    )  # fmt: skip


def autoencoder_model():
    return AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2,
        block_out_channels=(8, 8), layers_per_block=1, latent_channels=4, norm_num_groups=8,
    )  # fmt: skip


def text_model(vocabulary_size):
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=vocabulary_size, hidden_size=12, intermediate_size=20, num_hidden_layers=1,
            num_attention_heads=1, max_position_embeddings=9, bos_token_id=vocabulary_size - 2,
            eos_token_id=vocabulary_size - 1, pad_token_id=vocabulary_size - 1,
        )
    )  # fmt: skip


def tokenizer():
    tokens = VOCABULARY + [letter + "</w>" for letter in VOCABULARY]
    merges = [("d", "o"), ("do", "g</w>"), ("t", "h"), ("th", "e</w>")]
    tokens += ["".join(merge) for merge in merges] + ["<|startoftext|>", "<|endoftext|>"]
    return {token: index for index, token in enumerate(tokens)}, merges


# --- The names of CompVis, from those of diffusers.


def compvis_unet(name, layer_count, level_count):
    """The UNet's name by counting blocks, as `openaimodel.py` makes them."""
    parts = name.split(".")
    simple = {
        "time_embedding.linear_1": "time_embed.0", "time_embedding.linear_2": "time_embed.2",
        "conv_in": "input_blocks.0.0", "conv_norm_out": "out.0", "conv_out": "out.2",
    }  # fmt: skip
    for ours, theirs in simple.items():
        if name.startswith(ours + "."):
            return theirs + name[len(ours):]

    def inside(kind, rest):
        if kind != "resnets":
            return ".".join(rest)
        first = {
            "norm1": "in_layers.0", "conv1": "in_layers.2", "time_emb_proj": "emb_layers.1",
            "norm2": "out_layers.0", "conv2": "out_layers.3", "conv_shortcut": "skip_connection",
        }[rest[0]]  # fmt: skip
        return ".".join([first, *rest[1:]])

    if parts[0] == "mid_block":
        place = {"resnets.0": 0, "attentions.0": 1, "resnets.1": 2}[".".join(parts[1:3])]
        return f"middle_block.{place}.{inside(parts[1], parts[3:])}"
    level, kind, index, rest = int(parts[1]), parts[2], int(parts[3]), parts[4:]
    if parts[0] == "down_blocks":
        block = 1 + level * (layer_count + 1) + index
        if kind == "downsamplers":
            return f"input_blocks.{block + layer_count}.0.op.{rest[1]}"
        return f"input_blocks.{block}.{0 if kind == 'resnets' else 1}.{inside(kind, rest)}"
    block = level * (layer_count + 1) + index
    if kind == "upsamplers":
        # Only the coarsest level has no attention before it.
        return f"output_blocks.{block + layer_count}.{1 if level == 0 else 2}.{'.'.join(rest)}"
    return f"output_blocks.{block}.{0 if kind == 'resnets' else 1}.{inside(kind, rest)}"


def compvis_autoencoder(name, level_count):
    for ours, theirs in [
        ("conv_norm_out", "norm_out"), ("conv_shortcut", "nin_shortcut"),
        ("mid_block.resnets.0", "mid.block_1"), ("mid_block.resnets.1", "mid.block_2"),
        ("mid_block.attentions.0.group_norm", "mid.attn_1.norm"),
        ("mid_block.attentions.0.to_q", "mid.attn_1.q"),
        ("mid_block.attentions.0.to_k", "mid.attn_1.k"),
        ("mid_block.attentions.0.to_v", "mid.attn_1.v"),
        ("mid_block.attentions.0.to_out.0", "mid.attn_1.proj_out"),
        (".resnets.", ".block."), ("downsamplers.0", "downsample"), ("upsamplers.0", "upsample"),
    ]:  # fmt: skip
        name = name.replace(ours, theirs)
    if ".up_blocks." in name:
        head, tail = name.split(".up_blocks.")
        level, rest = tail.split(".", 1)
        return f"{head}.up.{level_count - 1 - int(level)}.{rest}"
    return name.replace(".down_blocks.", ".down.")


def former_autoencoder(name):
    for today, former in [
        ("to_q", "query"), ("to_k", "key"), ("to_v", "value"), ("to_out.0", "proj_attn"),
    ]:  # fmt: skip
        name = name.replace(f"attentions.0.{today}.", f"attentions.0.{former}.")
    return name


def compvis_parts(unet, autoencoder, text):
    """The state dicts of a model's parts under CompVis' names."""
    layers, levels = unet.config.layers_per_block, len(unet.config.block_out_channels)
    parts = {}
    for name, value in unet.state_dict().items():
        parts["model.diffusion_model." + compvis_unet(name, layers, levels)] = value
    levels = len(autoencoder.config.block_out_channels)
    for name, value in autoencoder.state_dict().items():
        translated = compvis_autoencoder(name, levels)
        if ".attn_1." in translated and value.ndim == 2:
            value = value[:, :, None, None]
        parts["first_stage_model." + translated] = value
    for name, value in text.state_dict().items():
        name = name if name.startswith("text_model.") else "text_model." + name
        parts["cond_stage_model.transformer." + name] = value
    return parts


def check(parts, unet, autoencoder):
    """diffusers' own conversion of the names must lead back."""
    for converted, model in [
        (single_file_utils.convert_ldm_unet_checkpoint(dict(parts), unet.config), unet),
        (single_file_utils.convert_ldm_vae_checkpoint(dict(parts), autoencoder.config), autoencoder),
    ]:  # fmt: skip
        expected = model.state_dict()
        assert converted.keys() == expected.keys(), set(converted) ^ set(expected)
        for name, value in expected.items():
            assert torch.equal(converted[name].reshape(value.shape), value), name


# --- Files.


def write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2) + "\n")


def configuration(model, **changes):
    fields = json.loads(
        model.to_json_string() if hasattr(model, "to_json_string") else model.config.to_json_string()
    )
    fields.pop("_name_or_path", None)
    return fields | changes


def vocabulary_files(folder, vocabulary, merges):
    write_json(folder / "vocab.json", vocabulary)
    lines = ["#version: 0.2"] + [" ".join(merge) for merge in merges]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n")


def todays_folder(folder, unet, autoencoder, text, vocabulary, merges):
    """As today's libraries save it."""
    unet.bfloat16().save_pretrained(folder / "unet")
    autoencoder.half().save_pretrained(folder / "vae")
    text.save_pretrained(folder / "text_encoder")
    for model in (unet, autoencoder, text):
        model.float()
    for path in folder.rglob("generation_config.json"):
        path.unlink()
    CLIPTokenizer(vocab=vocabulary, merges=merges).save_pretrained(folder / "tokenizer")
    write_json(folder / "scheduler/scheduler_config.json", SCHEDULER)
    write_json(folder / "model_index.json", {"_class_name": "StableDiffusionInstructPix2PixPipeline"})


def older_folder(folder, unet, autoencoder, text, vocabulary, merges):
    """As libraries of 2022 saved it: pickles, prefix, buffer, former names."""
    write_json(folder / "unet/config.json", configuration(unet))
    torch.save(
        {name: value.bfloat16() for name, value in unet.state_dict().items()},
        folder / "unet/diffusion_pytorch_model.bin",
    )
    fields = configuration(autoencoder)
    for name in ["scaling_factor", "shift_factor", "latents_mean", "latents_std"]:
        fields.pop(name, None)
    write_json(folder / "vae/config.json", fields)
    torch.save(
        {former_autoencoder(name): value for name, value in autoencoder.state_dict().items()},
        folder / "vae/diffusion_pytorch_model.bin", _use_new_zipfile_serialization=False,
    )  # fmt: skip
    state = {
        name if name.startswith("text_model.") else "text_model." + name: value.double()
        for name, value in text.state_dict().items()
    }
    positions = text.config.max_position_embeddings
    state["text_model.embeddings.position_ids"] = torch.arange(positions).expand((1, -1))
    write_json(
        folder / "text_encoder/config.json", configuration(text.config, model_type="clip_text_model")
    )
    torch.save(state, folder / "text_encoder/pytorch_model.bin")
    vocabulary_files(folder / "tokenizer", vocabulary, merges)
    write_json(folder / "scheduler/scheduler_config.json", SCHEDULER)


def sharded_folder(folder, unet, autoencoder, text, vocabulary, merges):
    unet.half().save_pretrained(folder / "unet", max_shard_size="16KB", variant="fp16")
    unet.float()
    autoencoder.save_pretrained(folder / "vae", max_shard_size="20KB")
    write_json(folder / "text_encoder/config.json", configuration(text.config, model_type="clip"))
    names = sorted(text.state_dict())
    shards = {"pytorch_model-00001-of-00002.bin": names[::2], "pytorch_model-00002-of-00002.bin": names[1::2]}
    for shard, held in shards.items():
        torch.save({name: text.state_dict()[name].clone() for name in held}, folder / "text_encoder" / shard)
    write_json(
        folder / "text_encoder/pytorch_model.bin.index.json",
        {"metadata": {}, "weight_map": {name: shard for shard, held in shards.items() for name in held}},
    )
    vocabulary_files(folder / "tokenizer", vocabulary, merges)
    write_json(folder / "scheduler/scheduler_config.json", SCHEDULER)


def checkpoints(folder, parts, raw, vocabulary, merges):
    """A training checkpoint, where the weights beside the averages differ, and one for answering."""
    state = {}
    for name, value in parts.items():
        if name.startswith("model.diffusion_model."):
            state[name] = raw[name].half()
            average = name.removeprefix("model.").replace(".", "")
            state["model_ema." + average] = value.half()
        else:
            state[name] = value.half()
    state["model_ema.decay"] = torch.tensor(0.9999)
    state["model_ema.num_updates"] = torch.tensor(7, dtype=torch.int32)
    state["betas"] = torch.linspace(0.00085**0.5, 0.012**0.5, 10) ** 2
    first = next(iter(raw.values()))
    training = {
        "epoch": 1, "global_step": 7, "pytorch-lightning_version": "1.4.2", "state_dict": state,
        "optimizer_states": [{"state": {0: {"exp_avg": torch.zeros_like(first)}}}],
    }  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(training, folder / "training.ckpt", _use_new_zipfile_serialization=False)
    torch.save({"state_dict": {n: v.bfloat16() for n, v in parts.items()}}, folder / "answering.ckpt")
    # Its name says nothing of what it is.
    save_file({n: v.half().contiguous() for n, v in parts.items()}, folder / "renamed.ckpt")
    bare = {n.removeprefix("first_stage_model."): v for n, v in parts.items() if n.startswith("first_stage")}
    bare["loss.logvar"] = torch.zeros(1)
    torch.save({"state_dict": bare}, folder / "autoencoder.pt")
    vocabulary_files(folder, vocabulary, merges)


def full_size_names():
    """CompVis' and diffusers' names and shapes of all tensors of Stable Diffusion 1.5, widened."""
    with torch.device("meta"):
        unet = UNet2DConditionModel(in_channels=8, cross_attention_dim=768)
        autoencoder = AutoencoderKL(
            down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
            block_out_channels=(128, 256, 512, 512), layers_per_block=2,
        )  # fmt: skip
    result = {}
    state = {
        "model.diffusion_model." + compvis_unet(name, 2, 4): (name, value)
        for name, value in unet.state_dict().items()
    }
    # Values stand for the names, so that the conversion shows where each one goes.
    numbered = {name: torch.tensor(index) for index, name in enumerate(state)}
    back = single_file_utils.convert_ldm_unet_checkpoint(dict(numbered), unet.config)
    assert {name: int(value) for name, value in back.items()} == {
        name: int(numbered[theirs]) for theirs, (name, _) in state.items()
    }
    result["unet"] = [[theirs[22:], name, list(value.shape)] for theirs, (name, value) in state.items()]
    result["vae"] = [
        [compvis_autoencoder(name, 4), name, list(value.shape)]
        for name, value in autoencoder.state_dict().items()
    ]
    lines = [
        f'"{part}": [\n' + ",\n".join(json.dumps(row) for row in rows) + "\n]"
        for part, rows in result.items()
    ]
    (FOLDER / "compvis-names.json").write_text("{" + ",\n".join(lines) + "}\n")
    return autoencoder


def main():
    shutil.rmtree(LAYOUTS, ignore_errors=True)
    torch.manual_seed(SEED)
    vocabulary, merges = tokenizer()
    unet, autoencoder = rounded(unet_model(), SEED), rounded(autoencoder_model(), SEED + 1)
    text = rounded(text_model(len(vocabulary)), SEED + 2)
    raw = rounded(unet_model(), SEED + 3)
    parts = compvis_parts(unet, autoencoder, text)
    check(parts, unet, autoencoder)
    rest = vocabulary, merges
    todays_folder(LAYOUTS / "today", unet, autoencoder, text, *rest)
    older_folder(LAYOUTS / "older", unet, autoencoder, text, *rest)
    sharded_folder(LAYOUTS / "sharded", unet, autoencoder, text, *rest)
    checkpoints(
        LAYOUTS / "checkpoints", parts, compvis_parts(raw, autoencoder, text), vocabulary, merges
    )
    full_size_names()

    generator = torch.Generator().manual_seed(SEED + 4)
    x = torch.randn(1, 8, 4, 4, generator=generator).double()
    picture = torch.rand(1, 3, 8, 8, generator=generator).double() * 2 - 1
    ids = torch.tensor([[56, 53, 55, 0, 57, 57, 57, 57, 57]])
    for model in (unet, autoencoder, text):
        model.double()
    with torch.no_grad():
        states = text(ids).last_hidden_state
        latent = autoencoder.encode(picture).latent_dist.mean
        outputs = {
            "input": channels_last(x), "picture": channels_last(picture), "ids": ids, "text": states,
            "output": channels_last(unet(x, 500, states).sample),
            "raw_output": channels_last(raw.double()(x, 500, states).sample),
            "latent": channels_last(latent),
            "decoded": channels_last(autoencoder.decode(latent).sample),
        }  # fmt: skip
    save(FOLDER, "layouts.safetensors", outputs)
    files = sorted(path for path in LAYOUTS.rglob("*") if path.is_file())
    names = [str(path.relative_to(FOLDER)) for path in files]
    for path in files:
        path.chmod(0o644)
        if path.stat().st_size > 20_000:
            print(f"{path.relative_to(FOLDER)}: {path.stat().st_size} bytes")
    print(f"{sum(path.stat().st_size for path in files)} bytes in {len(files)} files")
    record(
        FOLDER, "python Scripts/goldens/model_layouts.py", SEED,
        ["torch", "diffusers", "transformers", "safetensors"],
        names + ["layouts.safetensors", "compvis-names.json"],
    )  # fmt: skip


main()
