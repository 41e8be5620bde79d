"""Selective decoding: only the packets of a video file that the wanted frames need.

A list of the packets is read first, which costs next to nothing. A group of pictures in which no frame is wanted is not
decoded at all; in the others, frames that are not wanted and that no other frame needs are skipped.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Wanted = Callable[[int], bool]  # of a frame's number


def all_frames(number: int) -> bool:
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


class DamagedPacket(Exception):
    """The first packet that cannot be decoded: which one it is can be told when they are decoded one by one."""


class SelectiveDecoder:
    """Decodes the wanted frames.

    `last_skipped`: latest time not decoded, in the stream's units, or None; `errors`: packets that could not be decoded
    so far.
    """

    def __init__(
        self, container: Any, stream: Any, packets: PacketIndex | None, wanted: Wanted, one_by_one: bool = False
    ) -> None:
        self.container, self.stream, self.packets, self.wanted = container, stream, packets, wanted
        self.one_by_one = one_by_one  # not in parallel, where an error is told when later packets have been read
        stream.thread_type = "NONE" if one_by_one else "AUTO"
        self.last_skipped: int | None = None
        self.errors = 0
        self.decoded = 0  # packets that were handed to the decoder or skipped
        self.good_from: int | None = None  # after an error, pictures are guessed until this time, that of a key frame

    def frames(self) -> Iterator[tuple[int, Any]]:
        """Yield (number, frame) in order of time: all wanted ones, and perhaps others."""
        if self.packets is None:
            yield from enumerate(decode(self.container, self.stream, on_error=self._note_error))
            return
        select = self._selector(self.packets)
        for frame in decode(self.container, self.stream, select, self._note_error):
            number = self.packets.numbers.get(frame.pts)
            if number is not None:
                yield number, frame

    def _note_error(self) -> None:
        if not self.one_by_one:
            raise DamagedPacket
        self.errors += 1
        packets = self.packets
        if packets is not None:
            later = range(self.decoded, len(packets.keys))
            self.good_from = next((packets.times[i] for i in later if packets.keys[i]), None)

    def _selector(self, packets: PacketIndex) -> Callable[[Any], bool]:
        """Make a function that tells for each packet in turn whether it is decoded."""
        everything = self.wanted is all_frames
        need = iter([True] * len(packets.keys) if everything else packets.needed(self.wanted))

        def select(packet: Any) -> bool:
            self.decoded += 1
            needed = next(need, None)
            if needed is None:  # the file has grown
                return True
            if everything:
                return True
            wanted = self.wanted(packets.numbers.get(packet.pts, 0))
            # the decoder may skip frames that no other frame needs
            self.stream.codec_context.skip_frame = "DEFAULT" if wanted else "NONREF"
            if not wanted:
                self.last_skipped = max(packet.pts, self.last_skipped or packet.pts)
            return needed

        return select


def decode(
    container: Any,
    stream: Any,
    select: Callable[[Any], bool] | None = None,
    on_error: Callable[[], None] = lambda: None,
) -> Iterator[Any]:
    """Decode frames in order of time, skipping packets that cannot be decoded, as players do.

    `select` is called for every packet in order, and tells whether it is decoded; `on_error` for those that cannot be.
    """
    import av

    packets = container.demux(stream)
    gap = False
    while True:
        try:
            packet = next(packets)
        except (StopIteration, av.FFmpegError):  # a file may end in the middle of a packet; the caller compares lengths
            return
        if select is not None and packet.size and not select(packet):
            gap = True
            continue
        if gap:  # flush the frames that the decoder still holds, and restart it
            gap = False
            try:
                yield from (frame for frame in stream.codec_context.decode(None) if not frame.is_corrupt)
            except av.InvalidDataError:
                on_error()
            stream.codec_context.flush_buffers()
        try:
            yield from (frame for frame in packet.decode() if not frame.is_corrupt)
        except av.InvalidDataError:
            on_error()
