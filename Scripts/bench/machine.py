"""The machine and the software that figures were measured on."""

import importlib.metadata
import os
import time

FLAGS = ["avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "avx_vnni", "amx_bf16", "amx_int8"]
PACKAGES = ["torch", "diffusers", "transformers", "openvino"]


def processor():
    """Name and those of FLAGS that it has."""
    fields = {}
    with open("/proc/cpuinfo") as lines:
        for line in lines:
            key, _, value = line.partition(":")
            fields.setdefault(key.strip(), value.strip())
    own = set(fields.get("flags", fields.get("Features", "")).split())
    return fields.get("model name", "unknown processor"), [flag for flag in FLAGS if flag in own]


def has_bf16():
    return bool({"avx512_bf16", "amx_bf16"} & set(processor()[1]))


def core_count():
    return len(os.sched_getaffinity(0))


def busy_share(seconds=1.0):
    """Share of all processors' time that is taken while we wait: what others use."""
    def ticks():
        with open("/proc/stat") as lines:
            values = [int(value) for value in lines.readline().split()[1:]]
        return sum(values[:8]), values[3] + values[4]

    total, idle = ticks()
    time.sleep(seconds)
    later_total, later_idle = ticks()
    return 1 - (later_idle - idle) / max(1, later_total - total)


def description(threads, max_isa, with_packages=True):
    name, flags = processor()
    return {
        "processor": name, "cores": core_count(), "flags": flags, "threads": threads,
        "max_isa": max_isa, "busy_before": round(busy_share(), 3),
        "versions": {package: importlib.metadata.version(package) for package in PACKAGES}
        if with_packages else {},
    }  # fmt: skip


def line(machine):
    """One line of `description`."""
    texts = [
        f"{machine['processor']}, {machine['cores']} cores, threads used: {machine['threads']}",
        " ".join(machine["flags"])
        + (f" (restricted to {machine['max_isa']})" if machine["max_isa"] else ""),
        *([", ".join(f"{name} {version}" for name, version in machine["versions"].items())]
          if machine["versions"] else []),
        f"others used {machine['busy_before']:.0%} of the processors before",
    ]  # fmt: skip
    return "; ".join(texts)
