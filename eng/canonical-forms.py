#!/usr/bin/env python3
"""Writes the table behind NFC and NFD from Python's Unicode data: src/Warp.Transformers/Tokens/Pretrained/CanonicalForms.txt.

The runtime's own normalisation does nothing in programs that do without ICU, and its results would change with the version of ICU.
"""
import sys
import unicodedata

POINTS = range(sys.maxunicode + 1)


def is_hangul(point):
    return 0xAC00 <= point <= 0xD7A3


out = sys.stdout
print(f"# Unicode {unicodedata.unidata_version}; written by eng/canonical-forms.py, do not edit", file=out)
print("# character = canonical decomposition, one step; ! where composition leaves it apart", file=out)
for point in POINTS:
    parts = unicodedata.decomposition(chr(point))
    if not parts or parts.startswith("<") or is_hangul(point):
        continue
    composes = len(parts.split()) == 2 and unicodedata.normalize("NFC", chr(point)) == chr(point)
    print(f"{point:X}={parts}{'' if composes else '!'}", file=out)
print("# first-last:canonical combining class, where it is not 0", file=out)
start = None
for point in [*POINTS, sys.maxunicode + 1]:
    combining = unicodedata.combining(chr(point)) if point <= sys.maxunicode else 0
    if start is not None and combining != current:
        print(f"{start:X}-{point - 1:X}:{current}", file=out)
        start = None
    if combining and start is None:
        start, current = point, combining
