"""Mixing of paints by the theory of Kubelka and Munk: what is absorbed and what is scattered adds up, by parts."""

from dataclasses import dataclass

import numpy as np

from .pigments import Paint, Shelf
from .spectra import colour_of, reflectance_of

LEAST, MOST = 0.02, 30.0  # scattering beside white's: what two colours can say of it


@dataclass(frozen=True)
class Optics:
    """What the paints of a shelf absorb and scatter per part, (n,31) each; white scatters 1 everywhere."""

    absorption: np.ndarray
    scattering: np.ndarray


def _rgb(colour: str) -> np.ndarray:
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255


def _ratio(curve: np.ndarray) -> np.ndarray:
    """Absorption over scattering of a thick layer of this reflectance."""
    return (1 - curve) ** 2 / (2 * curve)


def optics_of(shelf: Shelf) -> Optics:
    """Find what the paints of a shelf absorb and scatter: masstone and tint with white (the two-constant theory)."""
    white = _ratio(reflectance_of(_rgb(shelf.paints[shelf.white].masstone)))
    rows = [(white, np.ones_like(white)) if not paint.tint else _two_constants(paint, white) for paint in shelf.paints]
    return Optics(*(np.stack(values) for values in zip(*rows, strict=True)))


def _two_constants(paint: Paint, white: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Solve for absorption and scattering of a paint: of its tint, (c k + w) / (c s + 1) is the ratio."""
    thick, thin = _ratio(reflectance_of(_rgb(paint.masstone))), _ratio(reflectance_of(_rgb(paint.tint)))
    share = 1 / paint.white
    # Where masstone and tint absorb alike nothing is known: what most of the spectrum says stands for it.
    known = (thick - thin > 0.15 * thick) & (thin > white)
    scattering = np.where(known, (thin - white) / (share * np.maximum(thick - thin, 1e-6)), np.nan)
    usual = np.exp(np.nanmean(np.log(np.clip(scattering, LEAST, MOST)))) if known.any() else 1.0
    scattering = np.clip(np.where(known, scattering, usual), LEAST, MOST)
    kernel = np.array([1, 4, 6, 4, 1]) / 16
    scattering = np.exp(np.convolve(np.pad(np.log(scattering), 2, mode="edge"), kernel, "valid"))
    return thick * scattering, scattering


def mix(optics: Optics, parts: np.ndarray) -> np.ndarray:
    """Find the sRGB colours (m,3) in [0,1] of mixtures, (m,n) parts of each paint."""
    ratio = (parts @ optics.absorption) / (parts @ optics.scattering)
    return colour_of(1 + ratio - np.sqrt(ratio**2 + 2 * ratio))
