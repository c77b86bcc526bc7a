"""Goldens of Tests/ModelsTests: outputs of diffusers and transformers, computed in double precision.

Run from the package root: python3 Scripts/goldens/models.py
Needs torch, diffusers, transformers, safetensors.
"""

import json

import torch

import tiny_models
from golden_files import ROOT, channels_last, record, save, weights

FOLDER = ROOT / "Tests/ModelsTests/Goldens"
SEED = 20240

# Gradients of one parameter of every kind, at different depths.
GRADIENTS = [
    "conv_in.weight",
    "time_embedding.linear_1.bias",
    "down_blocks.0.resnets.0.time_emb_proj.weight",
    "down_blocks.0.downsamplers.0.conv.weight",
    "down_blocks.1.resnets.0.conv_shortcut.weight",
    "down_blocks.1.attentions.0.proj_in.weight",
    "down_blocks.1.attentions.1.transformer_blocks.0.attn1.to_q.weight",
    "mid_block.attentions.0.transformer_blocks.0.attn2.to_k.weight",
    "mid_block.attentions.0.transformer_blocks.0.norm2.weight",
    "up_blocks.0.resnets.1.norm1.weight",
    "up_blocks.1.upsamplers.0.conv.weight",
    "up_blocks.2.attentions.0.transformer_blocks.0.ff.net.0.proj.weight",
    "up_blocks.2.attentions.1.norm.bias",
    "conv_out.bias",
]


def configuration(name, model):
    text = model.to_json_string() if hasattr(model, "to_json_string") else None
    if text is None:
        text = model.config.to_json_string()
    fields = json.loads(text)
    fields.pop("_name_or_path", None)
    (FOLDER / name).write_text(json.dumps(fields, indent=2, sort_keys=True) + "\n")


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(SEED)
    generator = torch.Generator().manual_seed(SEED)

    def normal(*shape):
        return torch.randn(shape, generator=generator).double()

    names = []

    # UNet: two samples, 8 x 12 latents, timesteps that are not whole, and the gradient of the loss.
    unet = tiny_models.unet(SEED + 1)
    configuration("unet.json", unet)
    x, text, target = normal(2, 8, 8, 12), normal(2, 7, 10), normal(2, 4, 8, 12)
    timesteps = torch.tensor([933.507, 10.382]).double()
    output = unet(x, timesteps, text).sample
    loss = torch.mean((target - output) ** 2)
    loss.backward()
    parameters = dict(unet.named_parameters())
    save(
        FOLDER,
        "unet.safetensors",
        {
            **weights(unet, "weights."),
            **{"gradients." + name: parameters[name].grad for name in GRADIENTS},
            "input": channels_last(x),
            "timesteps": timesteps,
            "text": text,
            "target": channels_last(target),
            "output": channels_last(output),
            "loss": loss.reshape(1),
        },
    )

    linear = tiny_models.linear_unet(SEED + 2)
    configuration("unet-linear.json", linear)
    x, text = normal(1, 4, 4, 6), normal(1, 5, 6)
    with torch.no_grad():
        output = linear(x, torch.tensor([500.0]).double(), text).sample
    save(
        FOLDER,
        "unet-linear.safetensors",
        {
            **weights(linear, "weights."),
            "input": channels_last(x),
            "text": text,
            "output": channels_last(output),
        },
    )

    # Autoencoder, with and without attention in the middle.
    for name, attention in [("autoencoder", True), ("autoencoder-plain", False)]:
        model = tiny_models.autoencoder(SEED + 3, attention)
        configuration(name + ".json", model)
        picture, latent, noise = normal(2, 3, 10, 6), normal(2, 4, 5, 3), normal(2, 4, 5, 3)
        with torch.no_grad():
            posterior = model.encode(picture).latent_dist
            decoded = model.decode(latent).sample
        save(
            FOLDER,
            name + ".safetensors",
            {
                **weights(model, "weights."),
                "picture": channels_last(picture),
                "mean": channels_last(posterior.mean),
                "log_variance": channels_last(posterior.logvar),
                "noise": channels_last(noise),
                "sample": channels_last(posterior.mean + posterior.std * noise),
                "divergence": posterior.kl().mean().reshape(1),
                "latent": channels_last(latent),
                "decoded": channels_last(decoded),
            },
        )
        names += [name + ".safetensors", name + ".json"]

    # Text encoder, both activations.
    ids = torch.tensor([[38, 4, 17, 39, 39, 39, 39, 39, 39], [38, 1, 2, 3, 4, 5, 6, 7, 39]])
    for name, activation in [("text-encoder", "quick_gelu"), ("text-encoder-gelu", "gelu")]:
        model = tiny_models.text_encoder(SEED + 4, activation)
        configuration(name + ".json", model)
        with torch.no_grad():
            output = model(ids).last_hidden_state
        save(
            FOLDER,
            name + ".safetensors",
            {**weights(model, "weights."), "ids": ids.double(), "output": output},
        )
        names += [name + ".safetensors", name + ".json"]

    names += ["unet.safetensors", "unet.json", "unet-linear.safetensors", "unet-linear.json"]
    record(
        FOLDER,
        "python3 Scripts/goldens/models.py",
        SEED,
        ["torch", "diffusers", "transformers", "safetensors"],
        names,
    )


if __name__ == "__main__":
    main()
