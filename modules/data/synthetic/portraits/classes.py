"""The classes of a sitter's label map, as in `PORTRAIT`."""

EDGE, BACKGROUND, HAIR, CLOTHES, EYEBROWS, EYES, NOSE, MOUTH, FACE, BODY = range(10)
FEATURES = (EYEBROWS, EYES, NOSE, MOUTH)
