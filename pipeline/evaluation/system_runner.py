"""Run one system on one painting: every seed painted and scored, seeds compared, a long rollout of the model."""

import time
from dataclasses import dataclass
from itertools import combinations, islice
from pathlib import Path
from typing import Any

import numpy as np

from ...modules.io.errors import PPPError
from ...modules.plans import make_plan
from ...modules.plans.plan import Plan
from ..frame_arrays import distance_curve
from .cases import EvalSettings
from .contact_sheets import write_film_strip
from .metrics import COLLAPSE, final_frame_metrics, monotone_share, peak_over_start
from .scorer import Scorer
from .systems import MODEL, SEEDLESS, UNTRAINED, load_system

REPEATED = 6  # frames that are painted again to check that one seed gives one process


def make_eval_plan(settings: EvalSettings, scorer: Scorer, seed: int, frames: int = 0, name: str = "") -> Plan:
    """Make the plan of a seed: the settings' number of frames and plan, if no others are given."""
    parts, count = scorer.parts, frames or settings.frames
    return make_plan(name or settings.plan, scorer.painting, parts.labels, parts.label_set, count, seed)


@dataclass(frozen=True)
class SystemRunner:
    """One system on one painting."""

    settings: EvalSettings  # with the seeds to paint
    system: str
    scorer: Scorer
    plans: dict[int, Plan]  # by seed: all systems follow the same
    strip: Path | None  # PNG for the film strip of the first run

    def run(self) -> dict[str, Any]:
        """Paint and score every seed: {runs, pairs[, rollout]} as in figures.json."""
        settings, scorer = self.settings, self.scorer
        many = self.system in (MODEL, "simulate")
        seeds = settings.seeds[: None if many else 1 if self.system in SEEDLESS else settings.baseline_seeds]
        runs, middles, states, opening = [], [], [], np.zeros(0)
        for seed in seeds:
            frames, seconds = self.paint(self.plans[seed], seed)
            scores = scorer.score(frames, self.plans[seed].degrees)
            habit = self.plans[seed].habit
            runs.append({"system": self.system, "seed": seed, "habit": habit, "seconds": seconds, **scores})
            middles.append(frames[len(frames) // 2].copy())
            states.append(scorer.states(frames))
            if seed == seeds[0]:
                opening = frames[:REPEATED].copy()
                if self.strip:
                    write_film_strip(self.strip, frames, scorer.painting)
        found = {"runs": runs, "pairs": self._compare(middles, states) | self._repeat(middles[0], opening)}
        if settings.rollout and self.system == MODEL:
            found["rollout"] = self._roll_out()
        return found

    def paint(self, plan: Plan, seed: int, stop: int | None = None) -> tuple[np.ndarray, float]:
        """Paint frames (N, H, W, 3) as they would be written, the first `stop` of them; and the seconds it took."""
        started = time.perf_counter()
        pipeline = load_system(self.settings, self.system)
        lapse = pipeline(self.scorer.painting, plan.n_frames, seed, plan, segmentation=self.scorer.parts)
        try:
            frames = np.stack(list(islice(lapse, stop)))
        except PPPError as error:
            raise PPPError(f"{self.system}: {error.what}", error.why, error.fix) from error
        return frames, time.perf_counter() - started

    def _compare(self, middles: list[np.ndarray], states: list[np.ndarray]) -> dict[str, float]:
        """Differences at half time between seeds and between draws at one plan, and the spread of seeds.

        `middles` are the middle frames of the full runs, `states` theirs at equal progress. Only as many frames are
        painted as it takes to get half way. Differences of an untrained net mean nothing: left out.
        """
        seeds, middle = self.settings.seeds, self.settings.frames // 2
        if len(seeds) < 2 or self.system == UNTRAINED:
            return {}
        first, other = seeds[:2]
        same_plan, _ = self.paint(self.plans[first], other, middle + 1)
        found = {"one_plan": _difference(middles[0], same_plan[-1])}
        pairs = [_difference(a, b) for a, b in combinations(middles, 2)]
        if len(middles) == 1:  # a baseline that ran one seed in full
            stop = None if self.system in SEEDLESS else middle + 1  # those are quick, and their spread counts as well
            second, _ = self.paint(self.plans[other], other, stop)
            pairs.append(_difference(middles[0], second[middle]))
            states = [*states, self.scorer.states(second)] if stop is None else states
        return found | {"seeds": float(np.mean(pairs))} | self.scorer.spread(states)

    def _repeat(self, half_way: np.ndarray, opening: np.ndarray) -> dict[str, float]:
        """Difference of the model at half time to plan `random`, and of its first frames to themselves repeated."""
        if self.system != MODEL:
            return {}
        first, middle = self.settings.seeds[0], self.settings.frames // 2
        drawn = make_eval_plan(self.settings, self.scorer, first, name="random")
        other_plan, _ = self.paint(drawn, first, middle + 1)
        again, _ = self.paint(self.plans[first], first, REPEATED)
        return {"plans": _difference(half_way, other_plan[-1]), "again": float(np.abs(again - opening).max())}

    def _roll_out(self) -> dict[str, float]:
        """Measure drift: a long run of the model."""
        seed = self.settings.seeds[0]
        plan = make_eval_plan(self.settings, self.scorer, seed, self.settings.rollout)
        frames, _ = self.paint(plan, seed)
        curve = distance_curve(frames, self.scorer.painting)
        peak = peak_over_start(curve)
        return {
            "frames": self.settings.rollout,
            "worst_over_start": peak,
            "collapsed": float(peak > COLLAPSE),
            "not_away": monotone_share(curve),
            "end_psnr": final_frame_metrics(frames[-1], self.scorer.painting)["end_psnr"],
        }


def _difference(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one - other).mean())
