"""Selective decoding: only the packets of a video file that the wanted frames need.

A list of the packets is read first, which costs next to nothing. A group of pictures in which no frame is wanted is not
decoded at all; in the others, frames that are not wanted and that no other frame needs are skipped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Wanted = Callable[[int], bool]  # of a frame's number


def all_frames(number: int) -> bool:
    """Want every frame."""
    return True


@dataclass(frozen=True)
class PacketIndex:
    """The packets of a file in the order they lie there.

    `times` in the stream's units; `keys`: which packets can be decoded without those before; `numbers`: frame number
    by time.
    """

    times: list[int]
    keys: list[bool]
    numbers: dict[int, int]

    def needed(self, wanted: Wanted) -> list[bool]:
        """Mark the packets that must be decoded to get the wanted frames."""
        starts = [i for i, key in enumerate(self.keys) if key] + [len(self.keys)]
        need = [False] * len(self.keys)
        for before, (first, end) in zip([0, *starts], zip(starts, starts[1:], strict=False), strict=False):
            times = [time for time in self.times[first:end] if wanted(self.numbers[time])]
            if times:
                # pictures shown before the group's own first one may depend on the group before
                low = before if min(times) < self.times[first] else first
                need[low:end] = [True] * (end - low)
        return need


def index_packets(container: Any, stream: Any) -> PacketIndex | None:
    """Index the packets of a stream; None where the file does not say enough (then all is decoded, and counted)."""
    import av

    times: list[int] = []
    keys: list[bool] = []
    try:
        for packet in container.demux(stream):
            if packet.size == 0:  # the end
                continue
            if packet.pts is None or packet.is_discard:
                return None
            times.append(packet.pts)
            keys.append(packet.is_keyframe)
    except av.FFmpegError:  # cut off; what is there can be used
        pass
    if len(set(times)) != len(times) or not times or not keys[0]:
        return None
    return PacketIndex(times, keys, {time: number for number, time in enumerate(sorted(times))})


class SelectiveDecoder:
    """Decodes the wanted frames. `last_skipped`: latest time not decoded, in the stream's units, or None."""

    def __init__(self, container: Any, stream: Any, packets: PacketIndex | None, wanted: Wanted) -> None:
        self.container, self.stream, self.packets, self.wanted = container, stream, packets, wanted
        self.last_skipped: int | None = None

    def frames(self) -> Iterator[tuple[int, Any]]:
        """Yield (number, frame) in order of time: all wanted ones, and perhaps others."""
        if self.packets is None:
            yield from enumerate(decode(self.container, self.stream))
            return
        need = self.packets.needed(self.wanted) if self.wanted is not all_frames else None
        for frame in decode(self.container, self.stream, self._take if need else None, need):
            number = self.packets.numbers.get(frame.pts)
            if number is not None:
                yield number, frame

    def _take(self, packet: Any, need: bool) -> bool:
        """Decide whether a packet is decoded; allows the decoder to skip its frame when it is not wanted itself."""
        assert self.packets is not None
        wanted = self.wanted(self.packets.numbers.get(packet.pts, 0))
        self.stream.codec_context.skip_frame = "DEFAULT" if wanted else "NONREF"
        if not wanted:
            self.last_skipped = max(packet.pts, self.last_skipped or packet.pts)
        return need


def decode(
    container: Any, stream: Any, take: Callable[[Any, bool], bool] | None = None, need: list[bool] | None = None
) -> Iterator[Any]:
    """Decode frames in order of time, skipping packets that cannot be decoded, as players do.

    `take` is asked for every packet whether it is decoded, and given its entry in `need`.
    """
    import av

    packets = container.demux(stream)
    count, gap = 0, False
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except av.FFmpegError:  # the file ends in the middle of a packet; the caller compares the lengths
            return
        if take is not None and need is not None and packet.size:
            known = count < len(need)
            count += 1
            if known and not take(packet, need[count - 1]):
                gap = True
                continue
        if gap:  # flush the frames that the decoder still holds, and restart it
            gap = False
            yield from (frame for frame in stream.codec_context.decode(None) if not frame.is_corrupt)
            stream.codec_context.flush_buffers()
        try:
            yield from (frame for frame in packet.decode() if not frame.is_corrupt)
        except av.InvalidDataError:
            continue
