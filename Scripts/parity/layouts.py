"""Writes the model of a folder in one of the layouts in which people keep models.

    python Scripts/parity/layouts.py NAME FOLDER OUTPUT

prints the program's options that name the model there, one word a line.
"""

import json
import pathlib
import shutil
import sys

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from safetensors.torch import load_file, save_file
from transformers import CLIPTextModel

import compvis
from models import randomise, vocabulary_folder

PREFIX = "text_model."
OTHER_SEED = 14142
FORMER = [("to_q", "query"), ("to_k", "key"), ("to_v", "value"), ("to_out.0", "proj_attn")]


class Model:
    """The parts of a folder, each read when it is asked for."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def unet(self):
        return UNet2DConditionModel.from_pretrained(self.folder / "unet")

    def autoencoder(self):
        return AutoencoderKL.from_pretrained(self.folder / "vae")

    def text_encoder(self):
        return CLIPTextModel.from_pretrained(self.folder / "text_encoder")

    def prefixed_text(self):
        """The text encoder's tensors as transformers before 5 wrote them, with their buffer."""
        state = load_file(self.folder / "text_encoder/model.safetensors")
        state = {name if name.startswith(PREFIX) else PREFIX + name: state[name] for name in state}
        positions = len(state[PREFIX + "embeddings.position_embedding.weight"])
        state[PREFIX + "embeddings.position_ids"] = torch.arange(positions).expand((1, -1)).clone()
        return state

    def copy(self, output, *names):
        for name in names:
            (output / name).parent.mkdir(parents=True, exist_ok=True)
            source = self.folder / name
            copy = shutil.copytree if source.is_dir() else shutil.copy
            copy(source, output / name)

    def whole_state(self):
        return compvis.state_dict(self.unet(), self.autoencoder(), self.prefixed_text())


def two_vocabulary_files(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("vocab.json", "merges.txt"):
        shutil.copy(vocabulary_folder() / name, folder / name)


def today(model, output):
    """As today's libraries save it, which the folder is: no prefix, tokenizer.json."""
    return model.folder


def earlier(model, output):
    """safetensors with the text encoder's prefix, vocab.json and merges.txt."""
    model.copy(output, "unet", "vae", "text_encoder/config.json", "scheduler", "model_index.json")
    save_file(model.prefixed_text(), output / "text_encoder/model.safetensors")
    two_vocabulary_files(output / "tokenizer")
    return output


def pickles(model, output):
    """.bin files and the autoencoder's former names, as in 2022."""
    model.copy(
        output, "unet/config.json", "text_encoder/config.json", "scheduler", "model_index.json"
    )
    fields = json.loads((model.folder / "vae/config.json").read_text())
    for name in ("scaling_factor", "shift_factor", "latents_mean", "latents_std"):
        fields.pop(name, None)
    (output / "vae").mkdir()
    (output / "vae/config.json").write_text(json.dumps(fields))
    torch.save(model.prefixed_text(), output / "text_encoder/pytorch_model.bin")
    state = {}
    for name, value in model.autoencoder().state_dict().items():
        for now, then in FORMER:
            name = name.replace(f"attentions.0.{now}.", f"attentions.0.{then}.")
        state[name] = value
    torch.save(state, output / "vae/diffusion_pytorch_model.bin")
    torch.save(model.unet().state_dict(), output / "unet/diffusion_pytorch_model.bin")
    two_vocabulary_files(output / "tokenizer")
    return output


def variant(model, output):
    """.fp16 files alone."""
    model.copy(output, "tokenizer", "scheduler", "model_index.json")
    model.text_encoder().half().save_pretrained(output / "text_encoder", variant="fp16")
    model.autoencoder().half().save_pretrained(output / "vae", variant="fp16")
    model.unet().half().save_pretrained(output / "unet", variant="fp16")
    return output


def shards(model, output):
    """Every part in several files with an index."""
    model.copy(output, "tokenizer", "scheduler", "model_index.json")
    for name, part in [
        ("text_encoder", model.text_encoder), ("vae", model.autoencoder), ("unet", model.unet),
    ]:  # fmt: skip
        part = part()
        byte_count = sum(value.nbytes for value in part.state_dict().values())
        part.save_pretrained(output / name, max_shard_size=f"{byte_count // 3000 + 1}KB")
        assert len(list((output / name).glob("*.safetensors"))) > 1, f"{name} is in one file"
    return output


def checkpoint(model, output):
    """CompVis' names in one PyTorch file."""
    two_vocabulary_files(output)
    torch.save({"state_dict": model.whole_state(), "global_step": 22000}, output / "model.ckpt")
    return output / "model.ckpt"


def averages(model, output):
    """A training checkpoint of 16 bits: moving averages under flattened names, other weights
    beside them."""
    two_vocabulary_files(output)
    state = {name: value.half() for name, value in model.whole_state().items()
             if value.is_floating_point()}  # fmt: skip
    for name in [name for name in state if name.startswith(compvis.UNET)]:
        state[compvis.average_name(name)] = state[name]
        state[name] = -state[name]
    state[compvis.AVERAGES + "decay"] = torch.tensor(0.9999)
    state[compvis.AVERAGES + "num_updates"] = torch.tensor(22000, dtype=torch.int32)
    torch.save(
        {"epoch": 1, "pytorch-lightning_version": "1.4.2", "state_dict": state},
        output / "training.ckpt",
    )
    return output / "training.ckpt"


def single(model, output):
    """CompVis' names in one safetensors file."""
    two_vocabulary_files(output)
    state = {name: value.contiguous() for name, value in model.whole_state().items()}
    save_file(state, output / "model.safetensors")
    return output / "model.safetensors"


def apart(model, output):
    """The autoencoder by itself in a file with CompVis' names, without a prefix; the folder's own has
    other weights."""
    model.copy(output, "unet", "text_encoder", "tokenizer", "scheduler", "model_index.json")
    randomise(model.autoencoder(), OTHER_SEED).save_pretrained(output / "vae")
    state = compvis.autoencoder_state(model.autoencoder())
    state = {name: value.contiguous() for name, value in state.items()}
    save_file(state, output / "autoencoder.safetensors")
    return output, output / "autoencoder.safetensors"


WRITERS = {
    writer.__name__: writer
    for writer in (today, earlier, pickles, variant, shards, checkpoint, averages, single, apart)
}


def options(written):
    """Of what a writer gives: the model's path, or that and the autoencoder's."""
    model, *autoencoder = written if isinstance(written, tuple) else (written,)
    return ["--model", model] + [word for path in autoencoder for word in ("--vae", path)]


if __name__ == "__main__":
    name, folder, output = sys.argv[1:]
    pathlib.Path(output).mkdir()
    print(*options(WRITERS[name](Model(folder), pathlib.Path(output))), sep="\n")
