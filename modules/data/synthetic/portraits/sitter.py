"""Random parameters of a portrait: every choice is sampled once from the seed before a mark is made."""

from dataclasses import dataclass

import numpy as np

from ..drawing.light import Colour, Light, hsv, mix

# mood: ambient hue and saturation (what fills the shadows), key light hue and saturation, background hues, its value
# range, saturation of everything, contrast range
Mood = tuple[float, float, float, float, tuple[float, ...], tuple[float, float], float, tuple[float, float]]
MOODS: dict[str, Mood] = {
    "candle": (0.04, 0.45, 0.10, 0.30, (0.06, 0.09, 0.02), (0.08, 0.25), 0.95, (0.7, 1.0)),
    "daylight": (0.60, 0.25, 0.12, 0.08, (0.58, 0.10, 0.30), (0.40, 0.75), 0.9, (0.35, 0.7)),
    "studio": (0.08, 0.15, 0.11, 0.10, (0.08, 0.55, 0.12), (0.22, 0.50), 0.75, (0.45, 0.85)),
    "high key": (0.75, 0.12, 0.10, 0.05, (0.12, 0.55, 0.95), (0.75, 0.93), 0.8, (0.2, 0.45)),
    "sunset": (0.72, 0.40, 0.07, 0.45, (0.05, 0.95, 0.75), (0.35, 0.70), 1.1, (0.5, 0.85)),
    "bright": (0.65, 0.30, 0.14, 0.06, (0.50, 0.90, 0.15, 0.33), (0.45, 0.85), 1.35, (0.35, 0.65)),
    "northern": (0.56, 0.20, 0.55, 0.05, (0.55, 0.60, 0.10), (0.30, 0.60), 0.55, (0.3, 0.6)),
    "green room": (0.36, 0.30, 0.13, 0.12, (0.33, 0.28, 0.40), (0.18, 0.45), 0.85, (0.45, 0.8)),
    "night": (0.62, 0.55, 0.55, 0.20, (0.62, 0.68, 0.58), (0.08, 0.28), 0.8, (0.6, 1.0)),
    "earth": (0.06, 0.25, 0.09, 0.15, (0.07, 0.10, 0.05), (0.25, 0.55), 0.7, (0.5, 0.85)),
}
MOOD_ODDS = (0.10, 0.16, 0.14, 0.10, 0.08, 0.12, 0.09, 0.08, 0.05, 0.08)

# style: planes that forms are broken into, softness of their edges, strength of contour lines, media and their odds
STYLES: dict[str, tuple[int, float, float, dict[str, float]]] = {
    "oil": (6, 0.60, 0.0, {"oil": 1}),
    "old master": (7, 0.90, 0.0, {"oil": 1}),
    "impasto": (5, 0.40, 0.0, {"oil": 1}),
    "gouache": (5, 0.20, 0.0, {"digital": 0.6, "watercolour": 0.4}),
    "digital": (6, 0.70, 0.0, {"digital": 1}),
    "anime": (3, 0.05, 0.9, {"ink": 0.7, "digital": 0.3}),
    "inked": (4, 0.30, 0.7, {"ink": 0.6, "watercolour": 0.4}),
    "pastel": (6, 0.60, 0.15, {"oil": 0.5, "pencil": 0.5}),
}
STYLE_ODDS = (0.24, 0.14, 0.12, 0.11, 0.16, 0.08, 0.08, 0.07)

SKINS: tuple[Colour, ...] = (
    (0.95, 0.80, 0.70), (0.92, 0.74, 0.60), (0.87, 0.66, 0.51), (0.80, 0.60, 0.42),
    (0.70, 0.50, 0.34), (0.56, 0.37, 0.25), (0.42, 0.27, 0.19), (0.30, 0.19, 0.14),
)  # fmt: skip
HAIRS: tuple[Colour, ...] = (
    (0.10, 0.08, 0.08), (0.17, 0.11, 0.08), (0.30, 0.19, 0.11), (0.45, 0.28, 0.14), (0.62, 0.43, 0.22),
    (0.80, 0.65, 0.38), (0.55, 0.22, 0.10), (0.68, 0.30, 0.12), (0.62, 0.60, 0.58), (0.85, 0.83, 0.78),
)  # fmt: skip
HAIR_KINDS = (
    "short", "fringe", "bob", "long", "tied", "bun", "curly", "bald", "receding", "braids", "swept", "wild", "curtain",
    "cropped",
)  # fmt: skip
HAIR_ODDS = (0.12, 0.09, 0.07, 0.14, 0.07, 0.06, 0.09, 0.04, 0.06, 0.05, 0.06, 0.10, 0.08, 0.05)


@dataclass(frozen=True)
class Sitter:
    """Everything that is decided before painting. Lengths are in half head heights, angles in radians."""

    seed: int
    scale: float  # half head height as a share of the shorter side; see `paint_sitter`
    offset: tuple[float, float]
    roll: float
    yaw: float
    pitch: float
    lean: float
    anime: float  # 0 realistic, 1 anime proportions
    age: float  # 0 child, 0.3 young, 1 old
    feminine: float
    width: float
    jaw: float
    chin: float
    eye_size: float
    eye_open: float
    eye_gap: float
    eye_slant: float
    gaze: tuple[float, float]
    brow_lift: float
    brow_angle: float
    brow_weight: float
    nose_length: float
    nose_width: float
    mouth_width: float
    lip: float
    smile: float
    mouth_open: float
    mouth_faint: float  # 0 painted lips, 1 hardly told from the skin
    skin: Colour
    hair: Colour
    iris: Colour
    lips: Colour
    hair_kind: str
    ragged: float  # 0 combed, 1 wild
    streak: Colour  # of some locks
    beard: str
    hat: str
    garment: str
    prop: str  # carried or worn besides; see props.py
    cloth: tuple[Colour, Colour, Colour]
    background: str
    backdrop: tuple[Colour, Colour, Colour]
    border: float
    mood: str
    light: Light
    style: str
    line: float  # strength of contour lines
    medium: str  # of its strokes, a name in `brush.MEDIA`
    one_pigment: bool

    def rng(self, what: str) -> np.random.Generator:
        """Seed a generator of its own for each part of the picture: a change in one leaves the others alone."""
        return np.random.default_rng([self.seed, *what.encode()])


def _pick(rng: np.random.Generator, names: tuple[str, ...], odds: tuple[float, ...] | None = None) -> str:
    p = None if odds is None else np.asarray(odds) / np.sum(odds)
    return names[int(rng.choice(len(names), p=p))]


def _light(rng: np.random.Generator, mood: str, style: str) -> Light:
    hue_a, sat_a, hue_k, sat_k, _, _, _, contrast = MOODS[mood]
    planes, softness = STYLES[style][:2]
    side = rng.choice([-1.0, 1.0]) * rng.uniform(0.25, 1.0)
    direction = np.array([side, -rng.uniform(0.25, 0.9), rng.uniform(0.25, 0.75)])
    direction /= np.linalg.norm(direction)
    return Light(
        direction=(float(direction[0]), float(direction[1]), float(direction[2])),
        colour=hsv(hue_k + rng.normal(0, 0.02), sat_k * rng.uniform(0.6, 1.3), 1.0),
        ambient=hsv(hue_a + rng.normal(0, 0.04), sat_a * rng.uniform(0.6, 1.3), rng.uniform(0.6, 0.9)),
        contrast=float(rng.uniform(*contrast)) * (0.8 if style == "anime" else 1.0),
        rim=float(rng.uniform(0.3, 0.9)) if rng.random() < 0.3 else 0.0,
        planes=planes,
        softness=float(np.clip(softness + rng.normal(0, 0.08), 0.03, 1)),
    )


def _cloth(rng: np.random.Generator, saturation: float, backdrop: Colour) -> tuple[Colour, Colour, Colour]:
    """Sample main, second and accent colour; mostly the main one stands out from the backdrop in value."""
    hue = rng.random()
    far = 0.15 if np.mean(backdrop) > 0.45 else 0.75
    value = rng.uniform(0.08, 0.95) if rng.random() < 0.7 else np.clip(far + rng.normal(0, 0.12), 0.06, 0.95)
    sat = saturation * rng.choice([0.08, 0.35, 0.65, 0.9], p=[0.3, 0.3, 0.25, 0.15])
    second_hue = hue + rng.choice([0.08, -0.08, 0.5, 0.33, 0.02])
    second_value = value + 0.35 if value < 0.5 else value - 0.35
    return (
        hsv(hue, sat, value),
        hsv(second_hue, saturation * rng.uniform(0.02, 0.6), np.clip(second_value + rng.normal(0, 0.1), 0.1, 0.97)),
        hsv(rng.choice([0.12, 0.0, hue + 0.5]), rng.uniform(0.4, 0.9), rng.uniform(0.45, 0.9)),
    )


def sample_sitter(seed: int, aspect: float) -> Sitter:
    """Sample the choices of one seed; `aspect` is width / height of the picture, and wide ones get smaller heads."""
    rng = np.random.default_rng([seed, 7])
    mood = _pick(rng, tuple(MOODS), MOOD_ODDS)
    style_name = _pick(rng, tuple(STYLES), STYLE_ODDS)
    light = _light(rng, mood, style_name)
    _, _, _, _, hues, values, saturation, _ = MOODS[mood]
    hue = float(rng.choice(hues)) + rng.normal(0, 0.03)
    value = rng.uniform(*values)
    ground = hsv(hue, saturation * rng.uniform(0.08, 0.6), value)
    backdrop = (
        ground,
        hsv(hue + rng.normal(0, 0.06), saturation * rng.uniform(0.1, 0.6), value * rng.uniform(0.45, 0.85)),
        hsv(hue + rng.normal(0, 0.15), saturation * rng.uniform(0.15, 0.7), min(value * rng.uniform(1.15, 1.6), 0.97)),
    )

    anime = float(np.clip(rng.normal(0.8, 0.15), 0.4, 1)) if style_name == "anime" else float(rng.beta(1.0, 3.5))
    anime = anime if style_name != "old master" else 0.15 * anime
    age = float(rng.beta(1.6, 2.2)) * (0.5 if anime > 0.5 else 1)
    feminine = float(np.clip(rng.choice([0.15, 0.85]) + rng.normal(0, 0.15), 0, 1))
    skin = SKINS[int(rng.choice(len(SKINS), p=[0.17, 0.2, 0.17, 0.13, 0.11, 0.09, 0.08, 0.05]))]
    skin = tuple(np.clip(np.asarray(skin) * rng.normal(1, 0.04, 3) * rng.uniform(0.94, 1.06), 0.08, 0.98))
    if rng.random() < 0.02:  # goblins and ghosts are painted, too
        skin = hsv(rng.random(), rng.uniform(0.2, 0.5), rng.uniform(0.4, 0.8))
    dark_skin = float(np.mean(skin)) < 0.5
    odds = np.array([0.20, 0.17, 0.15, 0.11, 0.09, 0.08, 0.05, 0.05, 0.06, 0.04])
    if dark_skin:
        odds[3:8] *= 0.15
    odds[8:] *= 0.3 + 4 * age**3
    hair = HAIRS[int(rng.choice(len(HAIRS), p=odds / odds.sum()))]
    if rng.random() < 0.05 + 0.35 * max(0.0, anime - 0.4):
        hair = hsv(rng.random(), rng.uniform(0.3, 0.8), rng.uniform(0.25, 0.9))
    hair = tuple(np.clip(np.asarray(hair) * rng.normal(1, 0.06, 3), 0.03, 0.95))
    worn_long = np.isin(HAIR_KINDS, ("long", "bob", "tied", "bun", "braids", "curtain"))
    kinds = np.asarray(HAIR_ODDS) * np.where(worn_long, 0.25 + 1.5 * feminine, 1.6 - 1.4 * feminine)
    kinds[[1, 6, 11]] = np.asarray(HAIR_ODDS)[[1, 6, 11]]
    hair_kind = _pick(rng, HAIR_KINDS, tuple(kinds))
    ragged = float(np.clip(rng.beta(1.0, 2.1) + 0.6 * (hair_kind == "wild"), 0, 1)) * (1 - 0.4 * (anime > 0.5))
    streak = mix(hair, (0.9, 0.85, 0.75), rng.uniform(0.2, 0.7)) if rng.random() < 0.7 else hsv(rng.random(), 0.6, 0.6)
    beard = "none"
    if feminine < 0.45 and age > 0.22 and rng.random() < 0.5:
        beard = _pick(rng, ("full", "long", "goatee", "moustache", "stubble"), (0.3, 0.12, 0.2, 0.2, 0.18))
    hat = "none"
    if rng.random() < 0.32:
        hats = ("beret", "brim", "cap", "hood", "scarf", "turban", "band", "crown", "straw", "helmet", "veil")
        hat = _pick(rng, hats)
    garment = _pick(
        rng, ("shirt", "vneck", "coat", "dress", "robe", "ruff", "armour", "jumper", "shawl", "bare"),
        (0.14, 0.12, 0.17, 0.12, 0.11, 0.05, 0.07, 0.10, 0.08, 0.04),
    )  # fmt: skip
    background = _pick(
        rng, ("plain", "gradient", "interior", "landscape", "foliage", "abstract", "sky", "clutter", "clouded"),
        (0.17, 0.15, 0.15, 0.13, 0.09, 0.09, 0.05, 0.08, 0.09),
    )  # fmt: skip
    prop = _pick(rng, ("none", "pole", "cloak", "sash", "pendant", "book"), (0.46, 0.16, 0.13, 0.09, 0.10, 0.06))
    _, _, line, media = STYLES[style_name]
    medium = _pick(rng, tuple(media), tuple(media.values()))
    near = rng.random()
    if near < 0.14:  # dark hair on a dark ground, fair on fair
        backdrop = tuple(mix(c, hair, rng.uniform(0.5, 0.9)) for c in backdrop)  # type: ignore[assignment]
    elif near < 0.22:  # warm grounds that look like skin
        backdrop = tuple(mix(c, skin, rng.uniform(0.4, 0.8)) for c in backdrop)  # type: ignore[assignment]
    cloth = _cloth(rng, saturation, backdrop[0])
    if rng.random() < 0.12:  # clothes that sink into the ground
        cloth = (mix(cloth[0], backdrop[0], rng.uniform(0.5, 0.85)), cloth[1], cloth[2])
    framing = rng.choice(3, p=[0.34, 0.40, 0.26])
    share = (rng.uniform(0.24, 0.34), rng.uniform(0.16, 0.24), rng.uniform(0.105, 0.16))[framing]
    rise = (rng.uniform(0.42, 0.52), rng.uniform(0.34, 0.42), rng.uniform(0.25, 0.33))[framing]
    blush = float(rng.uniform(0.0, 0.5))
    faint = float(np.clip(rng.choice([0.0, 1.0]) + rng.normal(0, 0.35), 0, 0.95)) * (1 - 0.6 * feminine * blush)
    yaw = float(np.clip(rng.normal(0, 0.38), -0.75, 0.75))
    if rng.random() < 0.20:  # well past three quarters
        yaw = float(rng.choice([-1, 1]) * rng.uniform(0.7, 1.05))
    return Sitter(
        seed=seed, scale=float(share), offset=(float(rng.normal(0.5, 0.05 + 0.03 * max(aspect - 1, 0))), float(rise)),
        roll=float(np.clip(rng.normal(0, 0.11), -0.3, 0.3)),
        yaw=yaw,
        pitch=float(np.clip(rng.normal(0, 0.16), -0.35, 0.35)),
        lean=float(rng.normal(0, 0.10)),
        anime=anime, age=age, feminine=feminine,
        width=float(np.clip(rng.normal(0.79, 0.05) + 0.05 * anime, 0.68, 0.95)),
        jaw=float(np.clip(rng.normal(0.66 - 0.08 * feminine - 0.06 * anime, 0.05), 0.48, 0.8)),
        chin=float(np.clip(rng.normal(0.30 - 0.08 * feminine - 0.12 * anime, 0.05), 0.08, 0.45)),
        eye_size=float(np.clip(rng.normal(0.165, 0.018) + 0.10 * anime + 0.02 * (1 - age), 0.12, 0.32)),
        eye_open=float(np.clip(rng.normal(0.44, 0.09) + 0.42 * anime, 0.12, 1.0)) if rng.random() > 0.04 else 0.0,
        eye_gap=float(np.clip(rng.normal(0.345, 0.02) + 0.03 * anime, 0.29, 0.42)),
        eye_slant=float(rng.normal(0.03, 0.06)), gaze=(float(rng.normal(0, 0.28)), float(rng.normal(0, 0.15))),
        brow_lift=float(rng.normal(0.0, 0.035)), brow_angle=float(rng.normal(0.0, 0.16)),
        brow_weight=float(np.clip(rng.normal(0.065 - 0.025 * feminine, 0.015), 0.022, 0.11)),
        nose_length=float(np.clip(rng.normal(0.40, 0.035) - 0.06 * anime, 0.28, 0.5)),
        nose_width=float(np.clip(
            rng.normal(0.175 - 0.02 * feminine + 0.03 * dark_skin, 0.025) * (1 - 0.55 * anime), 0.06, 0.26)),
        mouth_width=float(np.clip(rng.normal(0.29, 0.03) * (1 - 0.35 * anime), 0.15, 0.4)),
        lip=float(np.clip(
            rng.normal(0.085 + 0.025 * feminine + 0.02 * dark_skin, 0.02) * (1 - 0.4 * anime), 0.03, 0.15)),
        smile=float(rng.normal(0.15, 0.35)), mouth_open=float(rng.uniform(0.2, 1)) if rng.random() < 0.18 else 0.0,
        mouth_faint=faint,
        skin=skin, hair=hair,
        iris=hsv(rng.choice([0.07, 0.08, 0.30, 0.55, 0.6]) + rng.normal(0, 0.02), rng.uniform(0.25, 0.75),
                 rng.uniform(0.2, 0.65)),
        lips=mix(tuple(np.asarray(skin) * (0.82, 0.55, 0.52)), (0.72, 0.14, 0.18), blush * feminine),
        hair_kind=hair_kind, ragged=ragged, streak=streak, beard=beard, hat=hat,
        garment=garment, prop=prop, cloth=cloth,
        background=background, backdrop=backdrop, border=float(rng.uniform(0.02, 0.1)) if rng.random() < 0.08 else 0.0,
        mood=mood, light=light, style=style_name, line=line * float(rng.uniform(0.6, 1.0)), medium=medium,
        one_pigment=medium != "ink" and rng.random() < 0.10,
    )  # fmt: skip
