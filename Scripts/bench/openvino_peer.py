"""OpenVINO as a peer: one part of a model, compiled for its shapes, run on request."""

import argparse

import serving  # first: it keeps the standard output
import numpy
import openvino

import parts


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--converted", required=True, help="the .xml of openvino_models.py")
    parser.add_argument("--model", required=True)
    parser.add_argument("--part", required=True)
    parser.add_argument("--side", type=int, required=True)
    parser.add_argument("--precision", choices=["fp32", "bf16"], required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--output", help="write the result of one run here (.npy) and leave")
    options = parser.parse_args()

    inputs = parts.inputs(options.part, options.side, parts.text_width(options.model))
    core = openvino.Core()
    model = core.read_model(options.converted)
    model.reshape({port: list(value.shape) for port, value in zip(model.inputs, inputs)})
    compiled = core.compile_model(model, "CPU", {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": options.threads,
        "INFERENCE_PRECISION_HINT": {"fp32": "f32", "bf16": "bf16"}[options.precision],
    })  # fmt: skip
    del model
    request = compiled.create_infer_request()

    def run():
        return request.infer(inputs, share_inputs=True, share_outputs=True)

    if options.output:
        numpy.save(options.output, next(iter(run().values())))
        return
    # What it computes in, which is not what was asked for where the processor lacks the type.
    used = compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name()
    settings = {"precision": used, "threads": compiled.get_property("INFERENCE_NUM_THREADS")}
    serving.serve({"settings": settings}, run)


if __name__ == "__main__":
    main()
