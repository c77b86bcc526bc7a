"""The names of CompVis' and Lightning's checkpoints, from those of diffusers and transformers.

Checked with diffusers' own functions, which convert the other way.
"""

import torch
from diffusers.loaders import single_file_utils

UNET, VAE, TEXT = "model.diffusion_model.", "first_stage_model.", "cond_stage_model.transformer."
AVERAGES = "model_ema."

RESIDUAL = {
    "norm1": "in_layers.0", "conv1": "in_layers.2", "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0", "conv2": "out_layers.3", "conv_shortcut": "skip_connection",
}  # fmt: skip
OUTSIDE = {
    "time_embedding.linear_1": "time_embed.0", "time_embedding.linear_2": "time_embed.2",
    "conv_in": "input_blocks.0.0", "conv_norm_out": "out.0", "conv_out": "out.2",
}  # fmt: skip
AUTOENCODER = [
    ("conv_norm_out", "norm_out"), ("conv_shortcut", "nin_shortcut"),
    ("mid_block.resnets.0", "mid.block_1"), ("mid_block.resnets.1", "mid.block_2"),
    ("mid_block.attentions.0.group_norm", "mid.attn_1.norm"),
    ("mid_block.attentions.0.to_q", "mid.attn_1.q"), ("mid_block.attentions.0.to_k", "mid.attn_1.k"),
    ("mid_block.attentions.0.to_v", "mid.attn_1.v"),
    ("mid_block.attentions.0.to_out.0", "mid.attn_1.proj_out"),
    (".resnets.", ".block."), ("downsamplers.0", "downsample"), ("upsamplers.0", "upsample"),
    (".down_blocks.", ".down."),
]  # fmt: skip


def unet_name(name, layers):
    """`layers`: residual blocks of a level going down. Blocks are counted through all levels."""
    for theirs, ours in OUTSIDE.items():
        if name.startswith(theirs + "."):
            return ours + name[len(theirs) :]
    block, *rest = name.split(".")
    if block == "mid_block":
        place = {("resnets", "0"): 0, ("attentions", "0"): 1, ("resnets", "1"): 2}
        return f"middle_block.{place[rest[0], rest[1]]}.{inside(rest[0], rest[2:])}"
    level, kind, index, rest = int(rest[0]), rest[1], int(rest[2]), rest[3:]
    start = level * (layers + 1)
    if block == "down_blocks":
        if kind == "downsamplers":
            return f"input_blocks.{1 + start + layers}.0.op.{rest[-1]}"
        return f"input_blocks.{1 + start + index}.{int(kind == 'attentions')}.{inside(kind, rest)}"
    if kind == "upsamplers":
        # It follows the residual block and, but for the coarsest level, the attention.
        return f"output_blocks.{start + layers}.{1 if level == 0 else 2}.conv.{rest[-1]}"
    return f"output_blocks.{start + index}.{int(kind == 'attentions')}.{inside(kind, rest)}"


def inside(kind, rest):
    return ".".join([RESIDUAL[rest[0]], *rest[1:]] if kind == "resnets" else rest)


def vae_name(name, levels):
    for theirs, ours in AUTOENCODER:
        name = name.replace(theirs, ours)
    if ".up_blocks." in name:
        head, rest = name.split(".up_blocks.")
        level, tail = rest.split(".", 1)
        # Counted from the finest level there.
        name = f"{head}.up.{levels - 1 - int(level)}.{tail}"
    return name


def state_dict(unet, autoencoder, text):
    """All parts in one table. `text`: names with `text_model.`."""
    layers = unet.config.layers_per_block
    state = {UNET + unet_name(name, layers): value for name, value in unet.state_dict().items()}
    state |= {VAE + name: value for name, value in autoencoder_state(autoencoder).items()}
    check(state, unet, autoencoder)
    return state | {TEXT + name: value for name, value in text.items()}


def autoencoder_state(autoencoder):
    """The autoencoder's tensors as files have them that hold nothing else."""
    levels = len(autoencoder.config.block_out_channels)
    state = {}
    for name, value in autoencoder.state_dict().items():
        name = vae_name(name, levels)
        # The projections are 1x1 convolutions there.
        is_matrix = ".attn_1." in name and value.ndim == 2
        state[name] = value[:, :, None, None] if is_matrix else value
    return state


def average_name(name):
    return AVERAGES + name.removeprefix("model.").replace(".", "")


def check(state, unet, autoencoder):
    """diffusers' conversion must lead back, all of it."""
    for back, model in [
        (single_file_utils.convert_ldm_unet_checkpoint(dict(state), unet.config), unet),
        (single_file_utils.convert_ldm_vae_checkpoint(dict(state), autoencoder.config), autoencoder),
    ]:
        expected = model.state_dict()
        assert back.keys() == expected.keys(), sorted(back.keys() ^ expected.keys())
        for name, value in expected.items():
            assert torch.equal(back[name].reshape(value.shape), value), name
