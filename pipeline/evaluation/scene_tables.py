"""Summary, tables and report of an evaluation on scenes."""

import json
import platform
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ...modules.io.png import write_rgb
from ...modules.things import ALL_CLASSES, SCENE_CLASSES
from ...modules.version import __version__
from .contact_sheets import write_contact_sheets
from .metrics.amodal import LEAST_HIDDEN
from .metrics.depth_order import LEAST_OUTLINE
from .report import markdown_table, remarks_of, write_text
from .scene_cases import GROUPS, HAND, LAYERED, PORTRAITS
from .scene_scores import MERGED, PRIOR, RANKS, SORTED, TEACHER, merged_classes
from .systems import MODEL, UNTRAINED
from .tables import Results

SEVEN = tuple("+".join(names) for names in MERGED)
FREQUENT = "most frequent class"
CLASS_SYSTEMS = (MODEL, TEACHER, FREQUENT, UNTRAINED)
ORDER_SYSTEMS = (SORTED, MODEL, RANKS, PRIOR, "smaller", "lower centre", UNTRAINED)
COMPLETIONS = ("completion", "nearest part", "visible only")
PIXEL_BARS = {HAND: ">= 0.70"}
ORDER_BARS = {LAYERED: ">= 0.85", PORTRAITS: ">= 0.95"}
PER_PAGE = 13  # strips on a contact sheet, without the legend

Rows = list[list[str]]


def summarise(results: Results) -> dict[str, Any]:
    """Reduce results to group -> {pictures, classes, subjects, order, hiding, amodal}, each where there is any."""
    summary: dict[str, Any] = {}
    for group in GROUPS:
        members = [result for result in results if result["group"] == group]
        if not members:
            continue
        found = {
            "pictures": len(members),
            "classes": class_figures(members),
            "subjects": _by_subject(members),
            "order": order_figures(members, False),
            "hiding": order_figures(members, True),
            "amodal": amodal_figures(members),
        }
        summary[group] = {key: value for key, value in found.items() if value}
    return summary


def class_figures(members: Results) -> dict[str, Any]:
    """Compute {share: of the true pixels by class, systems: figures by system}; {} where no classes are known.

    Pixels are summed over the pictures.
    """
    scored = [result["classes"] for result in members if "classes" in result]
    truth = np.sum([one["truth"] for one in scored], axis=0) if scored else np.zeros(0)
    if not truth.sum():
        return {}
    share = {name: float(truth[i] / truth.sum()) for i, name in enumerate(SCENE_CLASSES) if truth[i]}
    systems = {}
    for system in CLASS_SYSTEMS:
        counts = [one["systems"][system] for one in scored if system in one["systems"]]
        if system == FREQUENT:
            counts = [_constant(truth)]
        if counts:
            systems[system] = _figures(counts, share) | {"pictures": len(scored if system == FREQUENT else counts)}
    return {"share": share, "systems": systems}


def _constant(truth: np.ndarray) -> dict[str, np.ndarray]:
    """Count as `evaluate_scene` does a map that is everywhere the commonest class of `truth` (15,)."""
    groups, best = merged_classes(), truth.argmax()
    counts = {}
    for key, count, place in (("classes", truth, best), ("merged", np.bincount(groups, truth), groups[best])):
        counts[key] = np.stack([np.zeros_like(count), count], 1)
        counts[key][place] = count[place], count.sum()
    return counts


def _figures(counts: Sequence[dict[str, Any]], present: Iterable[str]) -> dict[str, Any]:
    """Sum counts of pictures to the share of pixels right, IoU of the classes `present`, and means of it."""
    found: dict[str, Any] = {"pixels": _pixels_right(counts)}
    main = {"+".join(names): names for names in MERGED if any(name in present for name in names)}
    for key, names, wanted in (("classes", SCENE_CLASSES, list(present)), ("merged", SEVEN, list(main))):
        both, either = np.sum([np.array(one[key]) for one in counts], axis=0).T
        iou = {name: float(both[i] / max(either[i], 1)) for i, name in enumerate(names) if name in wanted}
        found[key] = {"mean": float(np.mean([*iou.values()] or [0.0])), "iou": iou}
    return found


def _pixels_right(counts: Sequence[dict[str, Any]]) -> float:
    """Share of the known pixels that is right, from counts of pixels in both and in either map."""
    both, either = np.sum([np.array(one["classes"]).sum(0) for one in counts], axis=0)
    return float(2 * both / (both + either))  # either = 2 n - both


def _by_subject(members: Results) -> dict[str, dict[str, Any]]:
    """Figures of classes by subject, where the manifest has one for every picture."""
    subjects = sorted({result["subject"] for result in members})
    if "" in subjects:
        return {}
    found = {name: class_figures([result for result in members if result["subject"] == name]) for name in subjects}
    return {name: figures for name, figures in found.items() if figures}


def order_figures(members: Results, hiding: bool) -> dict[str, Any]:
    """Share of touching pairs whose nearer one is told right, by system: {pairs, right, decided}; {} for no pairs.

    decided: share of pairs of which anything is told; of the others half are counted right.
    hiding: only of pairs one of which hides something of the other.
    """
    pairs = [one["right"] for result in members for one in result.get("order", ()) if not hiding or one.get("hides")]
    if not pairs:
        return {}
    right = {name: np.array([one[name] for one in pairs]) for name in ORDER_SYSTEMS if name in pairs[0]}
    decided = {name: float((judged != 0.5).mean()) for name, judged in right.items()}
    return {"pairs": len(pairs), "right": {n: float(judged.mean()) for n, judged in right.items()}, "decided": decided}


def amodal_figures(members: Results) -> dict[str, Any]:
    """Mean IoU of partly hidden layers, and of what is hidden of them, by completion: {} for no such layers."""
    layers = [one["systems"] for result in members for one in result.get("amodal", ())]
    if not layers:
        return {}
    means = {name: np.mean([one[name] for one in layers], axis=0) for name in COMPLETIONS}
    figures = {name: {"extent": float(mean[0]), "hidden": float(mean[1])} for name, mean in means.items()}
    return {"layers": len(layers), "iou": figures}


# ---- tables


def tables(summary: dict[str, Any]) -> dict[str, Rows]:
    """Format tables of text by title, head first."""
    found: dict[str, Rows] = {}
    for group, figures in summary.items():
        if "classes" in figures:
            found[f"Classes, {group}: {figures['pictures']} pictures"] = _class_table(group, figures)
        if "subjects" in figures:
            found[f"Pixels right by subject, {group}"] = _subject_table(figures["subjects"])
    found["Order of touching pairs, share told right"] = _order_table(summary)
    found["What lies behind, mean IoU with the true extents"] = _amodal_table(summary)
    return {title: rows for title, rows in found.items() if len(rows) > 1}


def _class_table(group: str, figures: dict[str, Any]) -> Rows:
    share, by_system, count = figures["classes"]["share"], figures["classes"]["systems"], figures["pictures"]
    systems = list(by_system.values())
    heads = [name if one["pictures"] == count else f"{name} ({one['pictures']})" for name, one in by_system.items()]
    rows = [["figure", "bar", "share", *heads]]
    rows.append(["pixels right", PIXEL_BARS.get(group, ""), "", *(f"{one['pixels']:.3f}" for one in systems)])
    for key, title in (("merged", "main classes"), ("classes", "all classes")):
        cells = [f"{one[key]['mean']:.3f}" for one in systems]
        rows.append([f"mean IoU of {len(systems[0][key]['iou'])} {title}", "", "", *cells])
    for key in ("merged", "classes"):
        for name in systems[0][key]["iou"]:
            if key == "classes" or "+" in name:
                part = sum(share.get(one, 0.0) for one in name.split("+"))
                rows.append([name, "", f"{part:.3f}", *(f"{one[key]['iou'][name]:.3f}" for one in systems)])
    return rows


def _subject_table(subjects: dict[str, dict[str, Any]]) -> Rows:
    names = [name for name in CLASS_SYSTEMS if any(name in one["systems"] for one in subjects.values())]
    rows = [["subject", *names]]
    for subject, figures in subjects.items():
        systems = figures["systems"]
        cells = [f"{systems[name]['pixels']:.3f}" if name in systems else "" for name in names]
        rows.append([f"{subject} ({systems[MODEL]['pictures']})", *cells])
    return rows


def _order_table(summary: dict[str, Any]) -> Rows:
    rows = [["pictures", "bar", "pairs", *ORDER_SYSTEMS, f"{RANKS} differ"]]
    for group, figures in summary.items():
        for key in ("order", "hiding"):
            if key in figures:
                title, bar = (group, ORDER_BARS.get(group, "")) if key == "order" else ("... one hides the other", "")
                right = figures[key]["right"]
                cells = [f"{right[name]:.3f}" if name in right else "" for name in ORDER_SYSTEMS]
                differ = f"{figures[key]['decided'][RANKS]:.0%}" if RANKS in right else ""
                rows.append([title, bar, str(figures[key]["pairs"]), *cells, differ])
    return rows


def _amodal_table(summary: dict[str, Any]) -> Rows:
    rows = [["pictures", "layers", *COMPLETIONS]]
    for group, figures in summary.items():
        if "amodal" in figures:
            iou, count = figures["amodal"]["iou"], str(figures["amodal"]["layers"])
            rows.append([group, count, *(f"{iou[name]['extent']:.3f}" for name in COMPLETIONS)])
            rows.append(["... of what is hidden alone", count, *(f"{iou[name]['hidden']:.3f}" for name in COMPLETIONS)])
    return rows


# ---- report


def write_scene_report(
    out: Path, results: Results, weights: str, thumbs: Path, facts: list[str], markdown: Path | None
) -> dict[str, Any]:
    """Write report.md (also to `markdown`, remarks at its end stay), figures.json and contact sheets; the summary."""
    summary = summarise(results)
    write_text(out / "figures.json", json.dumps({"facts": facts, "summary": summary, "pictures": results}, indent=1))
    lines = [f"# What the weights {weights!r} see in scenes", "", *(f"- {fact}" for fact in facts)]
    for title, rows in tables(summary).items():
        lines += ["", f"## {title}", "", *markdown_table(rows)]
    remarks = remarks_of(markdown) if markdown else ""
    lines += ["", "What the figures are, and what fools them: docs/evaluation.md."]
    lines += ["", remarks.strip()] * bool(remarks)
    for page in filter(None, (out / "report.md", markdown)):
        write_text(page, "\n".join(lines) + "\n")
    legend = out / "legend.png"
    _write_legend(legend)
    for group in summary:
        strips = [(_caption(r), thumbs / f"{r['name']}.png") for r in results if r["group"] == group]
        title = "picture, true classes (black: not known), found classes, depth (near is bright), things"
        pages = [[(title, legend), *strips[i : i + PER_PAGE]] for i in range(0, len(strips), PER_PAGE)]
        name = group.replace(" ", "-")
        write_contact_sheets(out / name, [strip for page in pages for strip in page], PER_PAGE + 1)
    return summary


def describe_scenes(command: str, results: Results, device: str, sha256: str, seconds: float) -> list[str]:
    """Describe how the report was made, as sentences."""
    return [
        f"Made by `{command}` (ppp {__version__}); segment stage {sha256}.",
        f"{len(results)} pictures. Pixels are summed over pictures. In quality A and B, made by a teacher network and "
        "corrected by eye, 4 px to either side of an outline are left out.",
        f"Main classes: {', '.join(SEVEN)}. Any part of a person is a person.",
        f"Pairs of parts touch with {LEAST_OUTLINE} px of common outline; undecided counts half. Layers are completed "
        f"that show and are hidden by {LEAST_HIDDEN:.0%} or more.",
        f"{seconds / 60:.0f} minutes on {platform.machine()}, device {device}.",
    ]


def _caption(result: dict[str, Any]) -> str:
    counts = result.get("classes")
    if not counts or not sum(counts["truth"]):
        return result["name"]
    return f"{result['name']}: {_pixels_right([counts['systems'][MODEL]]):.2f} of the pixels right"


def _write_legend(path: Path) -> None:
    """Draw the colours of all classes with their names."""
    across, width, height = 8, 92, 20
    shown = list(zip(ALL_CLASSES.names, ALL_CLASSES.colours, strict=True))[1:]
    picture = np.full((-(-len(shown) // across) * height, across * width, 3), 250, np.uint8)
    for i, (name, colour) in enumerate(shown):
        y, x = i // across * height, i % across * width
        picture[y + 3 : y + 17, x + 4 : x + 18] = colour
        cv2.putText(picture, name, (x + 22, y + 14), cv2.FONT_HERSHEY_SIMPLEX, 0.38, (40, 40, 40), 1, cv2.LINE_AA)
    write_rgb(path, picture)
