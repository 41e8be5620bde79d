"""Server limits. Each of them protects the computer that the server runs on, which is often somebody's laptop."""

from dataclasses import dataclass

MEGA = 1_000_000


@dataclass(frozen=True)
class ServerSettings:
    """Limits of one server."""

    max_upload_bytes: int = 48 * MEGA  # of a picture file
    max_upload_pixels: int = 24 * MEGA  # of a picture
    max_plan_bytes: int = 256_000  # of a plan file
    max_json_bytes: int = MEGA  # of every other request: corrections are kept as they are sent
    max_frames: int = 300  # of a run
    max_work: int = 1000 * MEGA  # frames x pixels of a run, to which its time and disk space are proportional
    max_queued: int = 8  # runs waiting besides the one that is being painted
    max_paintings: int = 24  # paintings kept; the one unused for longest makes room
    max_runs: int = 48  # runs kept; the one unused for longest makes room
    max_uploads: int = 4  # at the same time
    expire_after: float = 3600.0  # seconds after which unused paintings and runs are deleted
    abandon_after: float = 120.0  # seconds without a listener after which a painting's runs are cancelled
    max_disk_bytes: int = 8000 * MEGA  # of all paintings and runs; those unused for longest make room
    max_edit_work: int = 1500 * MEGA  # pixels that all corrections of a label map may touch together
    max_listeners: int = 64  # open event streams
    upload_timeout: float = 20.0  # seconds that an upload may pause, and that it may take besides its bytes
    min_upload_rate: int = 100_000  # bytes a second below which an upload is ended
    send_timeout: float = 60.0  # seconds in which a client has to take each piece of an answer
    header_timeout: float = 15.0  # seconds that a connection may be open without a whole request
    token: str = ""  # without it nothing is answered; "": everybody who reaches the server is
    preview_side: int = 1280  # longest side in pixels of the frames that the page shows while painting
    allowed_hosts: tuple[str, ...] = ()  # host names, besides localhost and IP addresses, that the server answers to
