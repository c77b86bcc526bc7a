"""Random models of Stable Diffusion 1.5's classes, whose results say something.

    python Scripts/parity/models.py SIZE FOLDER

writes one as today's libraries save it. SIZE is full (its own sizes, with 8 input channels) or small.
"""

import os
import pathlib
import sys

import torch
from diffusers import (
    AutoencoderKL,
    EulerAncestralDiscreteScheduler,
    StableDiffusionInstructPix2PixPipeline,
    UNet2DConditionModel,
)
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

SEED = 31415
# Widths of the UNet's and the autoencoder's levels; width, layers and heads of the text encoder.
# What a checkpoint without configurations can't tell (heads, groups) is Stable Diffusion's everywhere.
SIZES = {
    "full": dict(unet=(320, 640, 1280, 1280), vae=(128, 256, 512, 512), text=(768, 12, 12), layers=2),
    "small": dict(unet=(32, 64, 64, 64), vae=(32, 32, 64, 64), text=(64, 2, 1), layers=1),
}
SCHEDULE = dict(
    beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", num_train_timesteps=1000,
    steps_offset=1,
)  # fmt: skip
# Standard deviation of what the UNet answers to noise, and of a picture in -1...1.
PREDICTION_DEVIATION = 0.25
PICTURE_DEVIATION = 0.4


def vocabulary_folder():
    """Where CLIP's vocab.json and merges.txt are."""
    package = pathlib.Path(__file__).resolve().parents[2]
    root = pathlib.Path(os.environ.get("INSTRUCTCV_SHARED_DATA") or package / "../shared/data")
    folder = root / "tokenizers/clip"
    if not (folder / "vocab.json").exists():
        raise SystemExit(f"parity: {folder} has no vocab.json; set INSTRUCTCV_SHARED_DATA")
    return folder


def half(value):
    """Rounded to what 16 bits hold, so that layouts of either width hold the same numbers."""
    return value.half().to(value.dtype)


def randomise(model, seed):
    """Independent weights that keep the size of what goes through, also where the libraries' own
    initial weights are ones and zeros."""
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in sorted(model.named_parameters()):
        value = torch.randn(parameter.shape, generator=generator)
        if "norm" in name:
            value = 1 + 0.2 * value if name.endswith("weight") else 0.1 * value
        elif "embedding.weight" in name:
            value = 0.5 * value
        elif parameter.ndim > 1:
            value *= parameter[0].numel() ** -0.5
        else:
            value *= 0.1
        parameter.data = half(value)
    return model.eval().requires_grad_(False)


def unet(size):
    config = SIZES[size]
    model = UNet2DConditionModel(
        sample_size=64, in_channels=8, out_channels=4, block_out_channels=config["unet"],
        layers_per_block=config["layers"], cross_attention_dim=config["text"][0],
        down_block_types=("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
        up_block_types=("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3, attention_head_dim=8,
    )  # fmt: skip
    randomise(model, SEED)
    generator = torch.Generator().manual_seed(SEED)
    output = model(
        torch.randn(1, 8, 16, 16, generator=generator), 500,
        torch.randn(1, 77, config["text"][0], generator=generator),
    ).sample  # fmt: skip
    rescale(model.conv_out, PREDICTION_DEVIATION / output.std())
    return model


def autoencoder(size):
    config = SIZES[size]
    model = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=config["vae"], layers_per_block=config["layers"], latent_channels=4,
        sample_size=512,
    )  # fmt: skip
    randomise(model, SEED + 1)
    generator = torch.Generator().manual_seed(SEED + 1)
    decoded = model.decode(5 * torch.randn(1, 4, 8, 8, generator=generator)).sample
    rescale(model.decoder.conv_out, PICTURE_DEVIATION / decoded.std())
    return model


def rescale(convolution, factor):
    convolution.weight.data = half(convolution.weight.data * factor)
    convolution.bias.data = half(convolution.bias.data * factor)


def text_encoder(size):
    width, layers, heads = SIZES[size]["text"]
    return randomise(
        CLIPTextModel(
            CLIPTextConfig(
                vocab_size=49408, hidden_size=width, intermediate_size=4 * width,
                num_hidden_layers=layers, num_attention_heads=heads, max_position_embeddings=77,
                bos_token_id=49406, eos_token_id=49407, pad_token_id=49407,
            )
        ),
        SEED + 2,
    )  # fmt: skip


def tokenizer():
    return CLIPTokenizer.from_pretrained(vocabulary_folder())


def main(size, folder):
    torch.manual_seed(SEED)
    StableDiffusionInstructPix2PixPipeline(
        vae=autoencoder(size), text_encoder=text_encoder(size), tokenizer=tokenizer(),
        unet=unet(size), scheduler=EulerAncestralDiscreteScheduler(**SCHEDULE),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    ).save_pretrained(folder)  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
