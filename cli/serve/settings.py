"""How much the server takes on. Every limit protects the computer it runs on, which is often somebody's laptop."""

from __future__ import annotations

from dataclasses import dataclass

MEGA = 1_000_000


@dataclass(frozen=True)
class ServerSettings:
    """Limits of one server.

    most_bytes, most_pixels: of an uploaded picture. most_plan: bytes of a plan file. most_frames: of a run.
    most_work: frames times pixels of a run, which is what its time and its disk grow with. waiting: runs in the
    queue besides the one that is painted. paintings, runs: so many are kept; the one unused for longest makes room.
    uploads: at the same time. keep: seconds after which what nobody used is deleted. abandoned: seconds without
    anybody listening after which a painting's runs are stopped. upload_pause: seconds an upload may stand still.
    view: longest side in pixels of what the page shows while painting. names: host names, besides localhost and
    addresses, that the server answers to.
    """

    most_bytes: int = 48 * MEGA
    most_pixels: int = 24 * MEGA
    most_plan: int = 256_000
    most_frames: int = 300
    most_work: int = 1000 * MEGA
    waiting: int = 8
    paintings: int = 24
    runs: int = 48
    uploads: int = 4
    keep: float = 3600.0
    abandoned: float = 120.0
    upload_pause: float = 20.0
    view: int = 1280
    names: tuple[str, ...] = ()
