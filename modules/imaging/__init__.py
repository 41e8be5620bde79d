"""Pictures as numpy arrays: sizes, letterbox, guided filter, nearest pixels, filling and edge fringes. No torch."""
