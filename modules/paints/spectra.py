"""Reflectance curves: from sRGB colours by the smoothest curve that looks so, and back to colours.

Colours are seen under a light of equal energy to which the eye is adapted. The curve is the one of least slope among
all that stay between 0 and 1 (the method LHTSS of S. A. Burns, "Numerical methods for smoothest reflectance
reconstruction", Color Research and Application 45, 2020). Colour matching functions: the formulas of C. Wyman, P.-P.
Sloan and P. Shirley, "Simple analytic approximations to the CIE XYZ color matching functions", JCGT 2(2), 2013.
"""

from functools import lru_cache

import numpy as np

WAVELENGTHS = np.arange(400.0, 701.0, 10.0)  # nanometres
WHITE = np.array([0.95047, 1.0, 1.08883])  # of sRGB, XYZ
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
DARKEST = 0.004  # linear: no paint is darker
ROUNDS = 60
# lobes of each function: height, middle, spread below and above it
_LOBES = (
    ((1.056, 599.8, 37.9, 31.0), (0.362, 442.0, 16.0, 26.7), (-0.065, 501.1, 20.4, 26.2)),
    ((0.821, 568.8, 46.9, 40.5), (0.286, 530.9, 16.3, 31.1)),
    ((1.217, 437.0, 11.8, 36.0), (0.681, 459.0, 26.0, 13.8)),
)  # fmt: skip


@lru_cache(maxsize=1)
def to_linear_matrix() -> np.ndarray:
    """Matrix (3,31) from a reflectance curve to linear sRGB; a curve of ones is white."""
    functions = np.stack(
        [
            sum(
                height * np.exp(-0.5 * ((WAVELENGTHS - middle) / np.where(middle > WAVELENGTHS, below, above)) ** 2)
                for height, middle, below, above in lobes
            )
            for lobes in _LOBES
        ]
    )
    matrix: np.ndarray = np.linalg.inv(TO_XYZ) @ (WHITE[:, None] * functions / functions.sum(axis=1, keepdims=True))
    return matrix


def to_linear(rgb: np.ndarray) -> np.ndarray:
    """Convert sRGB (…,3) in [0,1] to linear."""
    return np.where(rgb <= 0.04045, rgb / 12.92, ((np.maximum(rgb, 0) + 0.055) / 1.055) ** 2.4)


def from_linear(linear: np.ndarray) -> np.ndarray:
    """Convert linear (…,3) to sRGB in [0,1]."""
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def reflectance_of(rgb: np.ndarray) -> np.ndarray:
    """Find the smoothest reflectance curve (31,) in (0,1) of an sRGB colour (3,) in [0,1]."""
    wanted = np.clip(to_linear(np.asarray(rgb, float)), DARKEST, 0.97)
    matrix, n = to_linear_matrix(), len(WAVELENGTHS)
    slope = np.diff(np.eye(n), axis=0)
    slope = 2 * slope.T @ slope
    z, push = np.full(n, np.arctanh(2 * wanted.mean() - 1)), np.zeros(3)
    for _ in range(ROUNDS):  # Newton's method with Lagrange multipliers; the curve is (tanh(z) + 1) / 2
        curve = (np.tanh(z) + 1) / 2
        lift = (1 - np.tanh(z) ** 2) / 2
        missing = np.concatenate([slope @ z + lift * (matrix.T @ push), matrix @ curve - wanted])
        bent = slope + np.diag(-2 * lift * np.tanh(z) * (matrix.T @ push))
        system = np.block([[bent, lift[:, None] * matrix.T], [matrix * lift, np.zeros((3, 3))]])
        step = np.linalg.lstsq(system, -missing, rcond=None)[0]
        step *= min(1.0, 1.5 / max(np.abs(step[:n]).max(), 1e-9))
        z, push = z + step[:n], push + step[n:]
        if np.abs(step[:n]).max() < 1e-7:
            break
    found: np.ndarray = (np.tanh(z) + 1) / 2
    return found


def colour_of(curves: np.ndarray) -> np.ndarray:
    """Find the sRGB colours (…,3) in [0,1] of reflectance curves (…,31)."""
    return from_linear(curves @ to_linear_matrix().T)


def to_lab(rgb: np.ndarray) -> np.ndarray:
    """Convert sRGB (…,3) in [0,1] to CIELAB, its white that of sRGB."""
    ratio = to_linear(np.asarray(rgb, float)) @ (TO_XYZ / WHITE[:, None]).T
    root = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio * (29 / 6) ** 2 / 3 + 4 / 29)
    x, y, z = np.moveaxis(root, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def delta_e(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Differences of colours in CIELAB (…,3) by CIEDE2000: 1 is just seen beside each other."""
    l1, a1, b1 = np.moveaxis(np.asarray(first, float), -1, 0)
    l2, a2, b2 = np.moveaxis(np.asarray(second, float), -1, 0)
    mean = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    grey = 1 + 0.5 * (1 - np.sqrt(mean**7 / (mean**7 + 25.0**7)))
    c1, c2 = np.hypot(grey * a1, b1), np.hypot(grey * a2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, grey * a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    colourless = c1 * c2 == 0
    turn = np.where(colourless, 0, (h2 - h1 + 180) % 360 - 180)
    hue = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn) / 2)
    light, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    middle = np.where(colourless, h1 + h2, (h1 + turn / 2) % 360)
    t = (1 - 0.17 * np.cos(np.radians(middle - 30)) + 0.24 * np.cos(np.radians(2 * middle))
         + 0.32 * np.cos(np.radians(3 * middle + 6)) - 0.20 * np.cos(np.radians(4 * middle - 63)))  # fmt: skip
    s_l = 1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)
    s_c, s_h = 1 + 0.045 * chroma, 1 + 0.015 * chroma * t
    twist = -np.sin(np.radians(60 * np.exp(-(((middle - 275) / 25) ** 2))))
    twist = twist * 2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7))
    dl, dc, dh = (l2 - l1) / s_l, (c2 - c1) / s_c, hue / s_h
    found: np.ndarray = np.sqrt(np.maximum(dl**2 + dc**2 + dh**2 + twist * dc * dh, 0))
    return found
