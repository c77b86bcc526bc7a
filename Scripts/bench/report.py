"""The table of figures as text."""

import pathlib

HEADER = ["work", "ours", "PyTorch", "OpenVINO", "ours by theirs", "at most"]


def milliseconds(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}"


def cell(row, figures, name):
    """Least and median times of the contenders called `name`, with their precision where it is not
    the row's."""
    texts = []
    for contender, one in figures.items():
        if contender.name != name:
            continue
        if one.minimum is None:
            texts.append("failed")
            continue
        text = f"{milliseconds(one.minimum)} / {milliseconds(one.median)} ms"
        if contender.precision != row.precision:
            text += f" ({contender.precision})"
        if is_other(contender, one):
            text += f" (computed in {one.settings['precision']})"
        texts.append(text)
    return ", ".join(texts)


def is_other(contender, figures):
    """Whether the peer computed in another precision than it was asked for: the processor has no
    such instructions."""
    asked = "f32" if contender.precision == "fp32" else contender.precision
    return figures.settings.get("precision", asked) != asked


def ratios(row, figures):
    """Our least time by every other contender's, by contender."""
    ours, *others = row.contenders
    if figures[ours].minimum is None:
        return {}
    return {
        other: figures[ours].minimum / figures[other].minimum
        for other in others
        if figures[other].minimum
    }


def line(row, figures):
    found = ratios(row, figures)

    def name(contender):
        same = contender.precision == row.precision and contender.name != "ours"
        return contender.name if same else contender.label

    bounds = []
    for contender in row.contenders:
        bound = row.targets.get(contender.label)
        if bound is None:
            continue
        known = contender in found and not is_other(contender, figures[contender])
        verdict = "" if not known else " met" if found[contender] <= bound else " missed"
        bounds.append(f"{bound:.2f} of {name(contender)}{verdict}")
    return [
        row.title,
        *(cell(row, figures, who) for who in ("ours", "PyTorch", "OpenVINO")),
        ", ".join(f"{ratio:.2f} of {name(other)}" for other, ratio in found.items()),
        ", ".join(bounds),
    ]


def amount_line(work, ours, pytorch, bound, unit):
    """A line of one number each: memory, or the time to start."""
    def text(value):
        return "" if value is None else f"{value:.2f} {unit}"

    ratio = "" if ours is None or not pytorch else f"{ours / pytorch:.2f} of PyTorch"
    verdict = "" if ours is None or bound is None else " met" if ours <= bound else " missed"
    return [work, text(ours) or "failed", text(pytorch), "", ratio,
            "" if bound is None else f"{bound:.1f} {unit}{verdict}"]  # fmt: skip


def table(lines, header=HEADER):
    """Markdown whose columns are aligned, as a terminal shows it, too."""
    rows = [header, *lines]
    widths = [max(3, *(len(row[column]) for row in rows)) for column in range(len(header))]
    texts = [
        "| " + " | ".join(text.ljust(width) for text, width in zip(row, widths)) + " |"
        for row in rows
    ]
    texts.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    return "\n".join(texts)


def replace_section(path, text, script="bench-peers"):
    """Puts `text` between the two marks that a page has for a script."""
    path = pathlib.Path(path)
    begin, end = f"<!-- {script}: begin -->", f"<!-- {script}: end -->"
    before, found_begin, rest = path.read_text().partition(begin)
    _, found_end, after = rest.partition(end)
    if not found_begin or not found_end:
        raise SystemExit(f"{script}: {path} lacks the lines {begin} and {end}")
    path.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}")
