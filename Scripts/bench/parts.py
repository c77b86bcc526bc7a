"""The parts of a model as the peers run them, and their inputs.

A part's name is that of `instructcv bench model --parts`; both sides get random inputs of the same
shapes, since speed doesn't depend on what they are.
"""

import pathlib
import sys

import numpy

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "parity"))

TOKENS, VOCABULARY = 77, 49408
# Of the autoencoder, and channels of its latents.
REDUCTION, LATENT = 8, 4
SEED = 20


def batch_of(part):
    return int(part.split("-")[1]) if part.startswith("unet-") else 1


def inputs(part, side, text_width):
    """Arrays in the order of the module's arguments; `side` of the picture is in pixels."""
    generator = numpy.random.default_rng(SEED)

    def normal(*shape):
        return generator.standard_normal(shape, dtype=numpy.float32)

    batch, latent_side = batch_of(part), side // REDUCTION
    if part == "text-encoder":
        return [numpy.arange(TOKENS, dtype=numpy.int64)[None] * 31 % VOCABULARY]
    if part == "encode":
        return [normal(1, 3, side, side).clip(-1, 1)]
    if part == "decode":
        return [normal(1, LATENT, latent_side, latent_side)]
    return [
        normal(batch, 2 * LATENT, latent_side, latent_side),
        numpy.array([500], dtype=numpy.int64),
        normal(batch, TOKENS, text_width),
    ]


def file_of(part):
    """Parts that differ in shapes only are one model."""
    return part.split("-")[0] if part.startswith("unet-") else part


def module(part, folder, dtype, is_training=False):
    """The part as a torch module that maps `inputs` to one tensor."""
    import torch
    from diffusers import AutoencoderKL, UNet2DConditionModel
    from transformers import CLIPTextModel

    folder = pathlib.Path(folder)

    class Part(torch.nn.Module):
        def __init__(self, model):
            super().__init__()
            self.model = model

    class TextEncoder(Part):
        def forward(self, ids):
            return self.model(input_ids=ids)[0]

    class Encoder(Part):
        def forward(self, picture):
            return self.model.quant_conv(self.model.encoder(picture))

    class Decoder(Part):
        def forward(self, latent):
            return self.model.decode(latent, return_dict=False)[0]

    class UNet(Part):
        def forward(self, sample, timestep, states):
            return self.model(sample, timestep, states, return_dict=False)[0]

    if part == "text-encoder":
        made = TextEncoder(CLIPTextModel.from_pretrained(folder / "text_encoder", dtype=dtype))
    elif part in ("encode", "decode"):
        vae = AutoencoderKL.from_pretrained(folder / "vae", torch_dtype=dtype)
        made = Encoder(vae) if part == "encode" else Decoder(vae)
    else:
        made = UNet(UNet2DConditionModel.from_pretrained(folder / "unet", torch_dtype=dtype))
    return made.train() if is_training else made.eval().requires_grad_(False)


def text_width(folder):
    import json

    return json.loads((pathlib.Path(folder) / "unet/config.json").read_text())["cross_attention_dim"]
