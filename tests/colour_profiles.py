"""Small ICC profiles and PNG files with any chunks, put together by hand."""

import struct
import zlib

# XYZ under D50 of red, green, blue
PRIMARIES = {
    "sRGB": ((0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141)),
    "Display P3": ((0.51512, 0.2412, -0.00105), (0.29198, 0.69225, 0.04189), (0.1571, 0.06657, 0.78407)),
    "Adobe RGB": ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457)),
}


def _xyz(values):
    return b"".join(struct.pack(">i", round(v * 65536)) for v in values)


def icc_profile(primaries="sRGB", gamma=1.0):
    """A profile of colours with a gamma; `primaries` "grey": of greys."""
    curve = b"curv" + bytes(4) + struct.pack(">IHH", 1, round(gamma * 256), 0)
    white = (0.9642, 1.0, 0.8249)
    tags = {"wtpt": b"XYZ " + bytes(4) + _xyz(white), "cprt": b"text" + bytes(4) + b"x\0",
            "desc": b"desc" + bytes(4) + struct.pack(">I", 2) + b"x\0" + bytes(78)}  # fmt: skip
    if primaries == "grey":
        tags["kTRC"] = curve
    else:
        for name, values in zip("rgb", PRIMARIES[primaries], strict=True):
            tags |= {f"{name}TRC": curve, f"{name}XYZ": b"XYZ " + bytes(4) + _xyz(values)}
    table, data, start = struct.pack(">I", len(tags)), b"", 132 + 12 * len(tags)
    for name, body in tags.items():
        table += name.encode() + struct.pack(">II", start + len(data), len(body))
        data += body + bytes(-len(body) % 4)
    space = b"GRAY" if primaries == "grey" else b"RGB "
    head = struct.pack(">I4sI4s4s4s12s4s", start + len(data), b"lcms", 0x02400000, b"mntr", space, b"XYZ ", bytes(12),
                       b"acsp")  # fmt: skip
    return head.ljust(68, b"\0") + _xyz(white) + bytes(48) + table + data


def png_of(size, depth, colour_type, rows, *chunks):
    """A PNG of rows of bytes as they are stored, with chunks (kind, body) before its pixels."""
    header = (b"IHDR", struct.pack(">IIBBBBB", *size, depth, colour_type, 0, 0, 0))
    pixels = (b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows)))
    png = b"\x89PNG\r\n\x1a\n"
    for kind, body in (header, *chunks, pixels, (b"IEND", b"")):
        png += struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    return png


def with_profile(profile):
    return b"iCCP", b"x\0\0" + zlib.compress(profile)


def tiff_of(picture, bits, *tags):
    """A TIFF of (width, height, samples, strips of bytes); several strips are planes. tags: more, (number, value)."""
    width, height, samples, strips = picture
    one = {256: width, 257: height, 258: bits, 259: 1, 262: 2 if samples > 2 else 1, 277: samples, 278: height}
    one |= {284: 1 if len(strips) == 1 else 2, 339: 1, **dict(tags)}
    values = {tag: ("H", [value] * (samples if tag in (258, 339) else 1)) for tag, value in one.items()}
    places = [8 + sum(map(len, strips[:i])) for i in range(len(strips))]
    values |= {273: ("I", places), 279: ("I", [len(strip) for strip in strips])}
    body, entries = b"".join(strips), b""
    for tag in sorted(values):
        form, numbers = values[tag]
        packed = struct.pack(f"<{len(numbers)}{form}", *numbers)
        if len(packed) > 4:  # then it stands elsewhere
            packed, body = struct.pack("<I", 8 + len(body)), body + packed
        entries += struct.pack("<HHI", tag, 3 if form == "H" else 4, len(numbers)) + packed.ljust(4, b"\0")
    return b"II*\0" + struct.pack("<I", 8 + len(body)) + body + struct.pack("<H", len(values)) + entries + bytes(4)
