"""Which parts of a video file need decoding for the frames that are wanted.

A list of the packets is read first, which costs next to nothing. A group of pictures in which no frame is wanted is not
decoded at all; in the others, frames that nobody wants and no other frame needs are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Wanted = Callable[[int], bool]  # of a frame's number


def everything(number: int) -> bool:
    """Wants all frames."""
    return True


@dataclass(frozen=True)
class Packets:
    """The packets of a file in the order they lie there: `times` in the stream's units, `keys`: which can be decoded
    without those before; `numbers`: frame number by time."""

    times: list[int]
    keys: list[bool]
    numbers: dict[int, int]

    def needed(self, wanted: Wanted) -> list[bool]:
        """Which packets must be decoded to get the wanted frames."""
        starts = [i for i, key in enumerate(self.keys) if key] + [len(self.keys)]
        need = [False] * len(self.keys)
        for before, (first, end) in zip([0, *starts], zip(starts, starts[1:], strict=False), strict=False):
            asked = [time for time in self.times[first:end] if wanted(self.numbers[time])]
            if asked:
                # pictures shown before the group's own first one may hang on the group before
                low = before if min(asked) < self.times[first] else first
                need[low:end] = [True] * (end - low)
        return need


def find_packets(container: Any, stream: Any) -> Packets | None:
    """The packets of a stream; None where the file does not say enough (then all is decoded, and counted)."""
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
    return Packets(times, keys, {time: number for number, time in enumerate(sorted(times))})


class Reader:
    """Decodes what is wanted. `left_out`: the latest time of what was not decoded, in the stream's units, or None."""

    def __init__(self, container: Any, stream: Any, packets: Packets | None, wanted: Wanted) -> None:
        self.container, self.stream, self.packets, self.wanted = container, stream, packets, wanted
        self.left_out: int | None = None

    def frames(self) -> Iterator[tuple[int, Any]]:
        """(number, frame) in order of time: all wanted ones, and perhaps others."""
        if self.packets is None:
            yield from enumerate(decoded(self.container, self.stream))
            return
        need = self.packets.needed(self.wanted) if self.wanted is not everything else None
        for frame in decoded(self.container, self.stream, self._take if need else None, need):
            number = self.packets.numbers.get(frame.pts)
            if number is not None:
                yield number, frame

    def _take(self, packet: Any, need: bool) -> bool:
        """Whether a packet is decoded; tells the decoder whether it may leave it out."""
        assert self.packets is not None
        asked = self.wanted(self.packets.numbers.get(packet.pts, 0))
        self.stream.codec_context.skip_frame = "DEFAULT" if asked else "NONREF"
        if not asked:
            self.left_out = max(packet.pts, self.left_out or packet.pts)
        return need


def decoded(
    container: Any, stream: Any, take: Callable[[Any, bool], bool] | None = None, need: list[bool] | None = None
) -> Iterator[Any]:
    """Frames in order of time; packets that cannot be decoded are left out, as players do. `take` is asked for every
    packet whether it is decoded, and given what `need` says of it."""
    import av

    packets = container.demux(stream)
    count, gap = 0, False
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except av.FFmpegError:  # the file ends in the middle of a packet; who reads it compares the lengths
            return
        if take is not None and need is not None and packet.size:
            known = count < len(need)
            count += 1
            if known and not take(packet, need[count - 1]):
                gap = True
                continue
        if gap:  # give out what the decoder still holds, and let it begin anew
            gap = False
            yield from (frame for frame in stream.codec_context.decode(None) if not frame.is_corrupt)
            stream.codec_context.flush_buffers()
        try:
            yield from (frame for frame in packet.decode() if not frame.is_corrupt)
        except av.InvalidDataError:
            continue
