"""Converts a part of a model for OpenVINO, in single precision and for any shape.

    python Scripts/bench/openvino_models.py FOLDER PART OUTPUT

A process of its own: what the conversion needs does not count as the peer's memory.
"""

import pathlib
import sys
import warnings

import openvino
import torch

import parts

# Of the example that is traced; other shapes are set when the model is compiled.
SIDE = 256


def main(folder, part, output):
    # Tracing warns of every branch on a shape; in all shapes here the results are PyTorch's.
    warnings.filterwarnings("ignore")
    name = "unet-2" if part == "unet" else part
    module = parts.module(name, folder, torch.float32)
    example = [torch.from_numpy(value) for value in parts.inputs(name, SIDE, parts.text_width(folder))]
    with torch.inference_mode():
        model = openvino.convert_model(module, example_input=tuple(example))
    pathlib.Path(output).parent.mkdir(parents=True, exist_ok=True)
    openvino.save_model(model, output, compress_to_fp16=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
