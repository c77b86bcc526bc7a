#!/usr/bin/env python3
"""Writes the goldens of Tests/EvaluationTests: inputs and the numbers reference libraries give.

    python3 -m venv .venv && .venv/bin/pip install pycocotools==2.0.11 numpy==2.4.6 scikit-image==0.26.0
    .venv/bin/python Scripts/goldens/evaluation.py --coco-annotations instances_val2017.json

Without --coco-annotations the golden over real annotations is left as it is.
"""

import argparse
import contextlib
import hashlib
import io
import json
import pathlib
from importlib.metadata import version

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "Tests" / "EvaluationTests" / "Goldens"
COMMAND = "Scripts/goldens/evaluation.py"
SEED = 20240717


# COCO


def coco_api(images, category_ids, annotations):
    api = COCO()
    api.dataset = {
        "images": [{"id": i} for i in images],
        "categories": [{"id": c, "name": str(c)} for c in category_ids],
        "annotations": annotations,
    }
    with contextlib.redirect_stdout(io.StringIO()):
        api.createIndex()
    return api


def null(value):
    return None if value < 0 else float(value)


def coco_evaluation(images, category_ids, truths, detections, limits):
    """truths and detections: (image, category, x, y, w, h, area, crowd) and (..., score)."""
    truth_api = coco_api(images, category_ids, [
        {"id": n + 1, "image_id": i, "category_id": c, "bbox": [x, y, w, h], "area": a, "iscrowd": k}
        for n, (i, c, x, y, w, h, a, k) in enumerate(truths)])
    found_api = coco_api(images, category_ids, [
        {"id": n + 1, "image_id": i, "category_id": c, "bbox": [x, y, w, h], "area": w * h,
         "iscrowd": 0, "score": s}
        for n, (i, c, x, y, w, h, s) in enumerate(detections)])
    evaluation = COCOeval(truth_api, found_api, "bbox")
    evaluation.params.maxDets = limits
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation.evaluate()
        evaluation.accumulate()
        if limits == [1, 10, 100]:
            evaluation.summarize()
    precision = evaluation.eval["precision"]  # [thresholds, recalls, classes, areas, limits]
    recall = evaluation.eval["recall"]  # [thresholds, classes, areas, limits]
    classes, areas = precision.shape[2:4]
    result = {
        "precision": [[[null(precision[t, :, k, a, -1].mean()) for t in range(10)]
                       for a in range(areas)] for k in range(classes)],
        "recall": [[[[null(recall[t, k, a, m]) for t in range(10)] for m in range(3)]
                    for a in range(areas)] for k in range(classes)],
    }
    if limits == [1, 10, 100]:
        result["summary"] = [null(v) for v in evaluation.stats]
    else:
        at_half = precision[0, :, :, 0, -1]
        at_half = at_half[at_half > -1]
        result["averagePrecision50"] = float(at_half.mean()) if at_half.size else None
    return result


def cross_reference(truths, detections):
    """What InstructCV's cal_bboxes_iou keeps."""
    kept = []
    for i, c, x, y, w, h, _, _ in truths:
        left, top, right, bottom = x, y, x + w, y + h
        area = (right - left + 1) * (bottom - top + 1)
        scored = []
        for d in detections:
            if d[0] != i or d[1] != c:
                continue
            l2, t2, r2, b2 = d[2], d[3], d[2] + d[4], d[3] + d[5]
            shared = max(0, min(right, r2) - max(left, l2)) * max(0, min(bottom, b2) - max(top, t2))
            area2 = (r2 - l2 + 1) * (b2 - t2 + 1)
            scored.append((shared / (area + area2 - shared + 1e-6), d))
        scored.sort(key=lambda pair: pair[0], reverse=True)
        if scored and scored[0][0] > 0.5:
            kept.append(scored[0][1][:6] + (1.0,))
    plain = [t[:7] + (0,) for t in truths]
    return plain, kept


def jittered(generator, truths, categories, images, size, decimals, score_levels, extra):
    """Detections near truths, some shifted, some doubled, some of another class, and noise."""
    detections = []
    for i, c, x, y, w, h, _, _ in truths:
        for _ in range(int(generator.integers(0, 4))):
            shift = generator.choice([0, 0.02, 0.1, 0.3])
            box = [x + generator.normal() * shift * w, y + generator.normal() * shift * h,
                   w * np.exp(generator.normal() * shift), h * np.exp(generator.normal() * shift)]
            label = c if generator.random() < 0.85 else int(generator.choice(categories))
            detections.append((i, label, *[round(float(v), decimals) for v in box]))
    for _ in range(extra):
        box = generator.random(4) * [size, size, size / 2, size / 2] + [0, 0, 1, 1]
        detections.append((int(generator.choice(images)), int(generator.choice(categories)),
                           *[round(float(v), decimals) for v in box]))
    order = generator.permutation(len(detections))
    return [detections[n] + (float(generator.integers(1, score_levels)) / score_levels,)
            for n in order]


def random_case(generator, name, images, categories, count, size, decimals, score_levels, extra,
                crowd_share=0.1):
    truths = []
    for _ in range(count):
        w, h = generator.choice([6, 20, 32, 60, 96, 150], 2) * (0.6 + 0.8 * generator.random(2))
        if generator.random() < 0.2:
            w = h = float(generator.choice([32, 96]))  # areas on the borders of size classes
        x, y = generator.random(2) * size
        x, y, w, h = (round(float(v), decimals) for v in (x, y, w, h))
        area = w * h if generator.random() < 0.5 else round(w * h * 0.7, decimals)
        truths.append((int(generator.choice(images)), int(generator.choice(categories)),
                       x, y, w, h, area, int(generator.random() < crowd_share)))
    detections = jittered(generator, truths, categories, images, size, decimals, score_levels, extra)
    return coco_case(name, images, categories, truths, detections)


def coco_case(name, images, categories, truths, detections):
    plain, kept = cross_reference(truths, detections)
    return {
        "name": name, "images": len(images), "classes": len(categories),
        # image and class as indices
        "truths": [[images.index(t[0]), categories.index(t[1]), *t[2:]] for t in truths],
        "detections": [[images.index(d[0]), categories.index(d[1]), *d[2:]] for d in detections],
        "expected": coco_evaluation(images, categories, truths, detections, [1, 10, 100]),
        "expectedPaper": coco_evaluation(images, categories, plain, kept, [100, 300, 1000]),
    }


def coco_random(generator):
    cases = [
        random_case(generator, "continuous", [3, 5, 8, 9, 12], [1, 2, 4], 40, 400, 2, 1000, 30),
        random_case(generator, "whole pixels, tied scores", [1, 2, 3, 4], [1, 2], 40, 120, 0, 4, 40),
        random_case(generator, "more than the limits", [1, 2], [1], 30, 300, 1, 50, 260),
        random_case(generator, "many crowds", [1, 2, 3], [7, 9], 24, 200, 1, 20, 30, 0.5),
        random_case(generator, "a class without truths", [1, 2, 3], [1, 2], 12, 200, 1, 20, 12),
    ]
    cases[4]["truths"] = [t for t in cases[4]["truths"] if t[1] == 0]
    rebuilt = cases[4]
    cases[4] = coco_case(rebuilt["name"], [0, 1, 2], [0, 1],
                         [tuple(t) for t in rebuilt["truths"]],
                         [tuple(d) for d in rebuilt["detections"]])
    truth = (1, 1, 10.0, 10.0, 40.0, 40.0, 1024.0, 0)
    crowd = (1, 1, 0.0, 0.0, 100.0, 100.0, 9216.0, 1)
    inside = (1, 1, 12.0, 12.0, 20.0, 20.0, 0.5)
    half = (1, 1, 10.0, 10.0, 20.0, 40.0, 0.5)  # overlap exactly 0.5
    twin = (1, 1, 10.0, 10.0, 40.0, 40.0, 1024.0, 0)
    cases += [
        coco_case("no detections", [1, 2], [1], [truth], []),
        coco_case("nothing at all", [1, 2], [1], [], []),
        coco_case("no truths", [1, 2], [1], [], [inside]),
        coco_case("only a crowd", [1], [1], [crowd], [inside, inside]),
        coco_case("overlap on the threshold", [1], [1], [truth], [half]),
        coco_case("equal truths", [1], [1], [truth, twin], [half, truth[:6] + (0.9,), half]),
        # The surer detection overlaps both alike; the second fits only the later one.
        coco_case("between two truths", [1], [1],
                  [(1, 1, 0.0, 0.0, 20.0, 20.0, 400.0, 0), (1, 1, 10.0, 0.0, 20.0, 20.0, 400.0, 0)],
                  [(1, 1, 5.0, 0.0, 20.0, 20.0, 0.9), (1, 1, 10.0, 0.0, 20.0, 20.0, 0.8)]),
        coco_case("crowd behind a truth", [1], [1], [crowd, truth],
                  [truth[:6] + (0.9,), inside, half]),
    ]
    return {"cases": cases}


def coco_real(generator, path):
    data = json.loads(pathlib.Path(path).read_text())
    images = sorted(i["id"] for i in data["images"])
    categories = sorted(c["id"] for c in data["categories"])
    truths = [(a["image_id"], a["category_id"], *a["bbox"], a["area"], a["iscrowd"])
              for a in data["annotations"]]
    present = sorted({t[1] for t in truths})
    detections = jittered(generator, truths, present, images, 500, 2, 200, 150)
    case = coco_case("val2017", images, categories, truths, detections)
    del case["truths"]
    return case | {"imageIds": images, "categoryIds": categories,
                   "annotationsSHA256": digest(pathlib.Path(path))}


# PASCAL VOC: written from the description of the development kit, not from its code


def voc_average_precision(images, truths, detections, mode):
    """truths: (image, l, t, r, b, difficult); detections: (image, l, t, r, b, score)."""
    positives = sum(1 for t in truths if not t[5])
    if positives == 0:
        return None
    taken = set()
    right, wrong = [], []
    for n in np.argsort([-d[5] for d in detections], kind="stable"):
        image, *box, _ = detections[n]
        best, best_index = -np.inf, None
        for index, (owner, l, t, r, b, _) in enumerate(truths):
            if owner != image:
                continue
            w = max(min(r, box[2]) - max(l, box[0]) + 1, 0)
            h = max(min(b, box[3]) - max(t, box[1]) + 1, 0)
            union = (r - l + 1) * (b - t + 1) + (box[2] - box[0] + 1) * (box[3] - box[1] + 1) - w * h
            if w * h / union > best:
                best, best_index = w * h / union, index
        good = bad = 0
        if best > 0.5:
            if not truths[best_index][5]:
                good, bad = (0, 1) if best_index in taken else (1, 0)
                taken.add(best_index)
        else:
            bad = 1
        right.append(good)
        wrong.append(bad)
    right, wrong = np.cumsum(right), np.cumsum(wrong)
    recall = right / positives
    precision = right / np.maximum(right + wrong, np.finfo(np.float64).eps)
    if mode == "elevenPoints":
        return float(np.mean([precision[recall >= p].max() if (recall >= p).any() else 0
                              for p in np.arange(11) * 0.1]))
    recall = np.concatenate([[0], recall, [1]])
    precision = np.concatenate([[0], precision, [0]])
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    steps = np.nonzero(np.diff(recall))[0]
    return float(np.sum((recall[steps + 1] - recall[steps]) * precision[steps + 1]))


def voc_case(name, images, classes, truths, detections):
    return {
        "name": name, "images": images, "classes": classes, "truths": truths,
        "detections": detections,
        "expected": {
            mode: [voc_average_precision(
                images, [(t[0], *t[2:]) for t in truths if t[1] == c],
                [(d[0], *d[2:]) for d in detections if d[1] == c], mode) for c in range(classes)]
            for mode in ("elevenPoints", "area")},
    }


def voc_random(generator):
    cases = []
    for name, images, classes, count, extra, levels in [
            ("plain", 6, 3, 40, 40, 1000), ("tied scores", 3, 2, 30, 30, 4),
            ("one class absent", 4, 2, 15, 10, 50)]:
        truths, detections = [], []
        for _ in range(count):
            label = int(generator.integers(0, 1 if name == "one class absent" else classes))
            l, t = generator.integers(1, 120, 2)
            w, h = generator.integers(10, 90, 2)
            image = int(generator.integers(0, images))
            truths.append([image, label, int(l), int(t), int(l + w), int(t + h),
                           int(generator.random() < 0.2)])
            for _ in range(int(generator.integers(0, 3))):
                d = generator.normal(size=4) * generator.choice([0, 3, 12])
                box = np.rint([l + d[0], t + d[1], l + w + d[2], t + h + d[3]]).astype(int)
                box[2:] = np.maximum(box[2:], box[:2] + 1)
                detections.append([image, label, *map(int, box)])
        for _ in range(extra):
            l, t, w, h = generator.integers(1, 100, 4)
            detections.append([int(generator.integers(0, images)), int(generator.integers(0, classes)),
                               int(l), int(t), int(l + w), int(t + h)])
        # The library goes through detections image by image; ties keep that order.
        detections = sorted((detections[n] for n in generator.permutation(len(detections))),
                            key=lambda d: d[0])
        detections = [d + [float(generator.integers(1, levels)) / levels] for d in detections]
        cases.append(voc_case(name, images, classes, truths, detections))
    # The surer detection overlaps both alike; the second fits only the earlier one.
    cases.append(voc_case("between two truths", 1, 1,
                          [[0, 0, 1, 1, 20, 20, 0], [0, 0, 11, 1, 30, 20, 0]],
                          [[0, 0, 6, 1, 25, 20, 0.9], [0, 0, 1, 1, 20, 20, 0.8]]))
    return {"cases": cases}


# Depth


def depth_errors(truth, guess):
    truth, guess = truth.astype(np.float64), guess.astype(np.float64)
    ratio = np.maximum(truth / guess, guess / truth)
    e = np.log(guess) - np.log(truth)
    return {
        "rootMeanSquare": np.sqrt(((truth - guess) ** 2).mean()),
        "absoluteRelative": (np.abs(truth - guess) / truth).mean(),
        "squaredRelative": ((truth - guess) ** 2 / truth).mean(),
        "rootMeanSquareLog": np.sqrt((e ** 2).mean()),
        "log10": np.abs(np.log10(truth) - np.log10(guess)).mean(),
        "delta1": (ratio < 1.25).mean(), "delta2": (ratio < 1.25 ** 2).mean(),
        "delta3": (ratio < 1.25 ** 3).mean(),
        "scaleInvariantLog": 100 * np.sqrt((e ** 2).mean() - e.mean() ** 2),
    }


def depth_scores(pairs, rules, crop=None):
    kept = []
    for truth, guess in pairs:
        if rules == "standard":
            mask = (truth > 1e-3) & (truth < 10)
            guess = np.where(np.isnan(guess), 1e-3, np.clip(guess.astype(np.float64), 1e-3, 10))
        else:
            if np.isinf(truth).any():
                continue
            with np.errstate(invalid="ignore"):
                mask = (truth.astype(np.float64) * guess > 0) & np.isfinite(guess) & (truth > 0)
        if crop:
            window = np.zeros(truth.shape, bool)
            window[crop[0]:crop[1], crop[2]:crop[3]] = True
            mask &= window
        if mask.any():
            kept.append((truth[mask], guess[mask]))
    each = [depth_errors(*pair) for pair in kept]
    pooled = depth_errors(*(np.concatenate([p[n] for p in kept]) for n in range(2)))
    return {
        "images": len(kept), "pixels": int(sum(p[0].size for p in kept)),
        "averaged": {k: float(np.mean([e[k] for e in each])) for k in pooled},
        "pooled": {k: float(v) for k, v in pooled.items()},
    }


def lattice(width, height, factor, offset, lowest, span):
    """Millimetres from a formula the test repeats, for maps too large to store."""
    index = np.arange(width * height, dtype=np.uint64)
    values = lowest + ((index * factor + offset) & 0xFFFFFFFF) % span
    return (values.astype(np.float32) / np.float32(1000)).reshape(height, width)


def depth(generator):
    pairs, stored = [], []
    for width, height, noise in [(7, 5, 0.05), (9, 4, 0.3), (5, 3, 1.0), (4, 4, 0.2)]:
        truth = np.rint(generator.uniform(700, 9900, (height, width)))
        guess = np.rint(np.maximum(truth * np.exp(generator.normal(size=truth.shape) * noise), 0))
        truth[0, 0] = 0  # unknown
        truth[1, 1] = 10000  # at the cap
        truth[2, 2] = 15000
        guess[1, 0] = 0
        guess[2, 1] = 30000
        pairs.append((truth, guess))
    pairs[3] = (np.zeros((4, 4)), pairs[3][1])  # nothing known
    for truth, guess in pairs:
        stored.append({"width": truth.shape[1], "height": truth.shape[0],
                       "truth": [int(v) for v in truth.ravel()],
                       "predicted": [int(v) for v in guess.ravel()]})
    metres = [tuple((m.astype(np.float32) / np.float32(1000)) for m in pair) for pair in pairs]
    big = (lattice(640, 480, 2654435761, 12345, 500, 11000),
           lattice(640, 480, 2246822519, 6789, 600, 9300))
    return {
        "millimetres": stored,
        "standard": depth_scores(metres, "standard"),
        "paper": depth_scores(metres, "paper"),
        "eigenLattice": depth_scores([big], "standard", crop=(45, 471, 41, 601)),
    }


# Pictures


def picture_quality(generator):
    cases = []
    for width, height, noise in [(13, 17, 30), (11, 11, 4), (24, 12, 90)]:
        y, x = np.mgrid[0:height, 0:width]
        base = np.stack([x * 9, y * 7, (x + y) * 5], axis=2) % 256
        base = np.clip(base + generator.normal(size=base.shape) * 20, 0, 255).astype(np.uint8)
        other = np.clip(base + generator.normal(size=base.shape) * noise, 0, 255).astype(np.uint8)
        cases.append({
            "width": width, "height": height, "first": base.ravel().tolist(),
            "second": other.ravel().tolist(),
            "peakSignalToNoise": float(peak_signal_noise_ratio(base, other, data_range=255)),
            "structuralSimilarity": float(structural_similarity(
                base, other, gaussian_weights=True, sigma=1.5, use_sample_covariance=False,
                data_range=255, channel_axis=2)),
        })
    return {"cases": cases}


# Output


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--coco-annotations", metavar="instances_val2017.json")
    arguments = parser.parse_args()
    makers = {
        "coco-random.json": coco_random, "voc-random.json": voc_random, "depth.json": depth,
        "picture-quality.json": picture_quality,
    }
    if arguments.coco_annotations:
        makers["coco-val2017.json"] = lambda g: coco_real(g, arguments.coco_annotations)
    manifest_path = FOLDER / "manifest.json"
    entries = {e["file"]: e for e in json.loads(manifest_path.read_text())["goldens"]}
    libraries = {n: version(n) for n in ("numpy", "pycocotools", "scikit-image")}
    for index, (name, maker) in enumerate(makers.items()):
        path = FOLDER / name
        path.write_text(json.dumps(maker(np.random.default_rng(SEED + index)),
                                   separators=(",", ":")) + "\n")
        command = COMMAND
        if name == "coco-val2017.json":
            command += " --coco-annotations instances_val2017.json"
        entries[name] = {"file": name, "command": command, "versions": libraries,
                         "seed": SEED + index, "sha256": digest(path)}
    manifest_path.write_text(
        json.dumps({"goldens": [entries[n] for n in sorted(entries)]}, indent=2) + "\n")


if __name__ == "__main__":
    main()
