"""Server limits. Each of them protects the computer that the server runs on, which is often somebody's laptop."""

from dataclasses import dataclass

MEGA = 1_000_000


@dataclass(frozen=True)
class ServerSettings:
    """Limits of one server.

    Attributes:
        max_upload_bytes: of a picture file.
        max_upload_pixels: of a picture.
        max_plan_bytes: of a plan file.
        max_frames: of a run.
        max_work: frames x pixels of a run, to which its time and disk space are proportional.
        max_queued: runs waiting besides the one that is being painted.
        max_paintings: paintings kept; the one unused for longest makes room.
        max_runs: runs kept; the one unused for longest makes room.
        max_uploads: at the same time.
        expire_after: seconds after which unused paintings and runs are deleted.
        abandon_after: seconds without a listener after which a painting's runs are cancelled.
        upload_timeout: seconds that an upload may pause.
        preview_side: longest side in pixels of the frames that the page shows while painting.
        allowed_hosts: host names, besides localhost and IP addresses, that the server answers to.
    """

    max_upload_bytes: int = 48 * MEGA
    max_upload_pixels: int = 24 * MEGA
    max_plan_bytes: int = 256_000
    max_frames: int = 300
    max_work: int = 1000 * MEGA
    max_queued: int = 8
    max_paintings: int = 24
    max_runs: int = 48
    max_uploads: int = 4
    expire_after: float = 3600.0
    abandon_after: float = 120.0
    upload_timeout: float = 20.0
    preview_side: int = 1280
    allowed_hosts: tuple[str, ...] = ()
