"""Writes small checkpoints with torch.save in every layout, and what PyTorch makes of their tensors.

    python Scripts/goldens/torch_checkpoints.py

needs: pip install torch safetensors numpy

The legacy files name their storages by addresses in memory, so their bytes differ from run to run;
their tensors do not.
"""

import argparse
import collections
import pathlib
import sys
import types
import zipfile

import golden_files
import numpy as np
import torch
from safetensors.torch import save_file

FOLDER = golden_files.ROOT / "Tests" / "SerializationTests" / "Goldens"
SEED = 20240609


def foreign_class(module, name, base=object):
    """A class of a module that only exists while the checkpoint is written."""
    parts = module.split(".")
    for count in range(1, len(parts) + 1):
        sys.modules.setdefault(".".join(parts[:count]), types.ModuleType(".".join(parts[:count])))
    made = type(name, (base,), {"__module__": module})
    setattr(sys.modules[module], name, made)
    return made


def small_model():
    model = torch.nn.Sequential(
        collections.OrderedDict(
            conv=torch.nn.Conv2d(2, 3, 3), norm=torch.nn.BatchNorm2d(3), head=torch.nn.Linear(3, 2)
        )
    )
    return model


def lightning():
    """The shape of a PyTorch-Lightning checkpoint, with objects of classes nobody else has."""
    model = small_model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    loss = sum((parameter * parameter).sum() for parameter in model.parameters())
    loss.backward()
    optimizer.step()
    callback = foreign_class("pytorch_lightning.callbacks.model_checkpoint", "ModelCheckpoint")
    attributes = foreign_class("pytorch_lightning.utilities.parsing", "AttributeDict", dict)
    settings = foreign_class("somebody.config", "Settings")()
    settings.itself = settings
    settings.hidden = torch.ones(2)
    settings.path = pathlib.PurePosixPath("/somewhere/else")
    hyper_parameters = attributes(lr=1e-4, name="x" * 3000, settings=settings)
    hyper_parameters["scale"] = np.float64(0.18215)
    hyper_parameters["seed"] = np.int64(23)
    hyper_parameters["table"] = np.arange(12, dtype="float32").reshape(3, 4)
    hyper_parameters["large"] = 1 << 90
    hyper_parameters["kinds"] = {1, 2, 3}
    hyper_parameters["frozen"] = frozenset(["a"])
    hyper_parameters["raw"] = b"bytes"
    return {
        "epoch": 3,
        "global_step": 1234567890123,
        "pytorch-lightning_version": "1.4.2",
        "state_dict": model.state_dict(),
        "callbacks": {callback: {"best_model_score": torch.tensor(0.25), "best_model_path": ""}},
        "optimizer_states": [optimizer.state_dict()],
        "lr_schedulers": [],
        "hparams_name": "kwargs",
        "hyper_parameters": hyper_parameters,
        "device": torch.device("cpu"),
        "dtype": torch.float16,
        "size": torch.Size([2, 3]),
        "counts": collections.defaultdict(list, first=[torch.tensor([1, 2])]),
    }


def all_types():
    special = torch.tensor(
        [0.0, -0.0, 1.0, -1.5, 65504.0, 6e-8, 6.1e-5, 2.0**-14, float("inf"), -float("inf"), 3.14159],
        dtype=torch.float64,
    )
    result = {}
    for name in ["float64", "float32", "float16", "bfloat16"]:
        result[name] = special.to(getattr(torch, name))
    for name in ["int64", "int32", "int16", "int8", "uint8"]:
        limit = torch.iinfo(getattr(torch, name))
        result[name] = torch.tensor([limit.min, limit.max, 0, 1, 77], dtype=getattr(torch, name))
    result["bool"] = torch.tensor([[True, False, True]])
    result["scalar"] = torch.tensor(0.9999)
    result["empty"] = torch.zeros(0, 4)
    result["parameter"] = torch.nn.Parameter(torch.randn(2, 3))
    result["buffer"] = torch.nn.Buffer(torch.randn(2))
    attributed = torch.nn.Parameter(torch.randn(2))
    attributed.note = "kept beside the tensor"
    result["attributed"] = attributed
    result["é中 \"quoted\""] = torch.randn(2)
    return result


UNREADABLE = ["complex", "unsigned", "narrow", "sparse", "negated"]


def unreadable():
    return {
        "complex": torch.randn(2, dtype=torch.complex64),
        "unsigned": torch.tensor([1, 2], dtype=torch.uint16),
        "narrow": torch.randn(2).to(torch.float8_e4m3fn),
        "sparse": torch.eye(3).to_sparse(),
        "negated": torch.randn(3, dtype=torch.complex64).conj().imag,
        "good": torch.randn(3),
    }


def views():
    base = torch.randn(6, 8)
    return {
        "base": base,
        "transposed": base.T,
        "rows": base[2:5],
        "columns": base[:, 3],
        "steps": base[1::2, ::3],
        "element": base[4, 5],
        "nothing": base[:, 8:],
        "again": {"base": base, "reshaped": base.reshape(2, 3, 8).permute(2, 0, 1)},
        "expanded": torch.randn(3, 1).expand(2, 3, 5),
        "channels_last": torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last),
        "bytes": torch.arange(20, dtype=torch.uint8).reshape(4, 5).T,
        "half": torch.randn(7, 3).half().T,
        "brain": torch.randn(3, 4, 5).bfloat16().transpose(0, 2),
        "double": torch.randn(5, 4).double().T,
        "flags": (torch.randn(4, 3) > 0).T,
        # Longer than one piece of the conversion.
        "long": torch.randn(90, 100, dtype=torch.float32).to(torch.float16).T,
    }


def tensors_by_name(value, name=""):
    """Every tensor below dictionaries, lists and tuples, by the keys that lead to it."""
    if isinstance(value, torch.Tensor):
        yield name, value
    elif type(value) in (dict, collections.OrderedDict, collections.defaultdict):
        for key, element in value.items():
            if type(key) in (str, int):
                yield from tensors_by_name(element, f"{name}.{key}" if name else str(key))
    elif type(value) in (list, tuple):
        for index, element in enumerate(value):
            yield from tensors_by_name(element, f"{name}.{index}" if name else str(index))


def rezip(source, target, folder, compression=zipfile.ZIP_STORED):
    """The same checkpoint as another program would zip it."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", compression) as new:
        if folder:
            new.mkdir(folder)
        for name in old.namelist():
            # Python's own writer knows no padding.
            new.writestr(zipfile.ZipInfo(folder + name.split("/", 1)[1]), old.read(name), compression)


def main():
    argparse.ArgumentParser(description=__doc__).parse_args()
    torch.manual_seed(SEED)
    FOLDER.mkdir(exist_ok=True)
    plain = small_model().state_dict()
    training = lightning()
    modern = dict(_use_new_zipfile_serialization=True)
    legacy = dict(_use_new_zipfile_serialization=False)
    saves = {
        "torch-plain.pt": (plain, modern),
        "torch-lightning.ckpt": (training, modern),
        "torch-lightning-5.ckpt": (training, modern | {"pickle_protocol": 5}),
        "torch-types.pt": (all_types(), modern),
        "torch-types-4.pt": (all_types(), modern | {"pickle_protocol": 4}),
        "torch-unreadable.pt": (unreadable(), modern),
        "torch-views.pt": (views(), modern),
        "torch-legacy.pt": (views(), legacy),
        "torch-legacy-4.pt": (plain, legacy | {"pickle_protocol": 4}),
        "torch-module.pt": (torch.nn.Linear(2, 3), modern),
    }
    expected = {}
    for name, (value, options) in saves.items():
        torch.save(value, FOLDER / name, **options)
        for key, tensor in tensors_by_name(value):
            if name == "torch-unreadable.pt" and key in UNREADABLE:
                continue
            expected[f"{name}/{key}"] = tensor.detach().clone().contiguous()
    rezip(FOLDER / "torch-plain.pt", FOLDER / "torch-rezipped.pt", "my model/weights/")
    rezip(FOLDER / "torch-plain.pt", FOLDER / "torch-no-folder.pt", "")
    rezip(
        FOLDER / "torch-plain.pt", FOLDER / "torch-compressed.pt", "archive/", zipfile.ZIP_DEFLATED
    )
    save_file(expected, FOLDER / "torch-expected.safetensors")
    (FOLDER / "torch-expected.safetensors").chmod(0o644)
    names = [
        *saves, "torch-rezipped.pt", "torch-no-folder.pt", "torch-compressed.pt",
        "torch-expected.safetensors",
    ]
    for name in names:
        print(f"{name}: {(FOLDER / name).stat().st_size} bytes")
    golden_files.record(
        FOLDER, "python Scripts/goldens/torch_checkpoints.py", SEED,
        ["torch", "safetensors", "numpy"], names,
    )


main()
