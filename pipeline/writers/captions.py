"""Captions and chapters of the film: what each step does, as .srt, .vtt, and inside the mp4."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from ...modules.io.ffmpeg import open_container
from ..provenance import one_line
from .pdf.phrasebook import Phrasebook
from .pdf.phrases import PLAYER_CODES

# of the captions, as the encoder asks for it: how they look in players that heed it
STYLE = b"""[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, \
StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,Arial,18,&Hffffff,&Hffffff,&H0,&H0,0,0,0,0,100,100,0,0,1,1,0,2,10,10,10,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""
MILLISECONDS = Fraction(1, 1000)


@dataclass(frozen=True)
class Caption:
    """What is said from one moment of a film to another, in milliseconds."""

    start: int
    end: int
    title: str
    text: str


def captions_of(
    steps: Sequence[Mapping[str, Any]], n_frames: int, video: Mapping[str, Any], language: str = "en"
) -> list[Caption]:
    """Find what is said when: a step of the sheet from the first picture of its strokes to their last.

    Args:
        steps: of the sheet, as in process.json.
        n_frames: of the process.
        video: the film's entry in process.json: seconds, hold, lead, smooth.
    """
    book = Phrasebook(language)
    lead, smooth = int(video.get("lead", 0)), int(video["smooth"])
    seconds = float(video["seconds"])
    pictures = lead + 1 + (n_frames - 1) * smooth + int(video["hold"])

    def moment(frame: int) -> int:
        """When a frame is reached."""
        return round(1000 * seconds * (lead + 1 + frame * smooth) / pictures)

    found = []
    for step in steps:
        last = step["frame"] == n_frames - 1
        start = moment(step["first"] - 1) if step["first"] > 1 else round(1000 * seconds * lead / pictures)
        end = round(1000 * seconds) if last else moment(step["frame"])
        said = [book.do(do) for do in step["do"]]
        found.append(Caption(start, end, f"{step['number']}. {said[0]}", f"{step['number']}. {'; '.join(said)}"))
    return found


def _clock(milliseconds: int, point: str) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{point}{rest:03}"


def to_srt(captions: Sequence[Caption]) -> str:
    """Write captions as SubRip."""
    return "\n".join(
        f"{number}\n{_clock(one.start, ',')} --> {_clock(one.end, ',')}\n{one.text}\n"
        for number, one in enumerate(captions, 1)
    )


def to_vtt(captions: Sequence[Caption], note: str) -> str:
    """Write captions as WebVTT, for web pages; `note` says where they are from."""
    cues = [f"{_clock(one.start, '.')} --> {_clock(one.end, '.')}\n{escape(one.text)}\n" for one in captions]
    return "\n".join(["WEBVTT\n", f"NOTE {note}\n", *cues])


def add_captions(
    folder: Path, facts: Mapping[str, Any], n_frames: int, language: str, text: Mapping[str, str]
) -> dict[str, Any]:
    """Write captions for the films in a folder, and into its mp4; return their entry for process.json.

    Args:
        facts: what the writers said of the films and the sheet.
        n_frames: of the process.
        language: of the captions.
        text: metadata of the files.
    """
    if "sheet" not in facts or "videos" not in facts:
        return {}
    captions = captions_of(facts["sheet"]["steps"], n_frames, facts["videos"][0], language)
    (folder / "timelapse.srt").write_text(to_srt(captions), encoding="utf-8")
    (folder / "timelapse.vtt").write_text(to_vtt(captions, one_line(text)), encoding="utf-8")
    for video in facts["videos"]:
        if video["file"].endswith(".mp4"):
            add_to_mp4(folder / video["file"], captions, language)
    return {"captions": {"files": ["timelapse.srt", "timelapse.vtt"], "language": language}}


def add_to_mp4(path: Path, captions: Sequence[Caption], language: str) -> None:
    """Put captions (a mov_text track) and chapters into an mp4; its pictures stay as they are."""
    import av

    part = path.with_name(f"{path.stem}.captions{path.suffix}")
    with (
        open_container(path, "r") as source,
        open_container(part, "w", options={"movflags": "+faststart"}) as target,
    ):
        target.metadata.update({key: value for key, value in source.metadata.items() if key == "comment"})
        film = source.streams.video[0]
        pictures = target.add_stream_from_template(film)
        words: Any = target.add_stream("mov_text")
        words.metadata["language"] = PLAYER_CODES[language]
        words.codec_context.subtitle_header = STYLE
        words.time_base = MILLISECONDS
        target.set_chapters(
            [
                {"id": number, "start": one.start, "end": one.end, "time_base": MILLISECONDS,
                 "metadata": {"title": one.title}}
                for number, one in enumerate(captions, 1)
            ]
        )  # fmt: skip
        waiting = list(captions)
        for packet in source.demux(film):
            if packet.dts is None:
                continue
            while waiting and float(packet.dts * packet.time_base) >= waiting[0].start / 1000:
                target.mux(_spoken(av, words, waiting.pop(0)))
            packet.stream = pictures
            target.mux(packet)
        for caption in waiting:
            target.mux(_spoken(av, words, caption))
    part.replace(path)


def _spoken(av: Any, stream: Any, caption: Caption) -> Any:
    """Make the packet of a caption: two bytes of its length, and its text."""
    text = caption.text.encode()
    packet = av.Packet(len(text).to_bytes(2, "big") + text)
    packet.stream, packet.time_base = stream, MILLISECONDS
    packet.pts = packet.dts = caption.start
    packet.duration = caption.end - caption.start
    return packet
