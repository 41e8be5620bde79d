"""Normal numbers as torch draws them on a CPU, without torch: `torch.randn` of a seeded generator, to 3e-7.

A process that was made with one runtime is repeated with another, so z must come from the same numbers.
"""

import math

import numpy as np

_BLOCK = 16  # numbers that torch makes at a time; fewer than these it makes one by one, in double precision


def draw_normal(count: int, seed: int) -> np.ndarray:
    """Draw what `torch.randn(count, generator=torch.Generator().manual_seed(seed))` does: (count,) float32."""
    bits = np.random.MT19937()
    bits._legacy_seeding(seed & 0xFFFFFFFF)
    if count < _BLOCK:
        return _one_by_one(count, bits)

    def uniform(n: int) -> np.ndarray:
        return (bits.random_raw(n) & 0xFFFFFF).astype(np.float32) * np.float32(2**-24)

    numbers, whole = uniform(count), count // _BLOCK * _BLOCK
    numbers[:whole] = _box_muller(numbers[:whole])
    if count % _BLOCK:  # the last block is drawn anew, over the end of the one before
        numbers[-_BLOCK:] = _box_muller(uniform(_BLOCK))
    return numbers


def _box_muller(uniform: np.ndarray) -> np.ndarray:
    first, second = uniform.reshape(-1, 2, _BLOCK // 2).transpose(1, 0, 2)
    radius, angle = np.sqrt(np.float32(-2) * np.log(1 - first)), np.float32(2 * math.pi) * second
    return np.concatenate([radius * np.cos(angle), radius * np.sin(angle)], axis=1).reshape(-1)


def _one_by_one(count: int, bits: np.random.MT19937) -> np.ndarray:
    numbers: list[float] = []
    while len(numbers) < count:
        words = [int(word) for word in bits.random_raw(4)]
        first, second = ((high << 32 | low) % 2**53 / 2**53 for high, low in (words[:2], words[2:]))
        radius = math.sqrt(-2 * math.log1p(-second))
        numbers += [radius * math.cos(2 * math.pi * first), radius * math.sin(2 * math.pi * first)]
    return np.array(numbers[:count], np.float32)
