"""Writes merges.json: small merges in plain float64, from the formulas of the paper, without any package.

    python3 make_goldens.py

Inputs are rounded to float32, so that they are exact in float32 and in float64. Vectors are merged whole (no inner-product
matrix), sums are exact (math.fsum), and angles are 2*atan2(|u-v|, |u+v|) of the unit vectors. The output depends on nothing but
this file.
"""

import json
import math
import pathlib
import struct

SIZE = 12
MIN_SINE = 1e-6
LAMBDAS = [0.0, 0.25, 0.5, 1.0]


def float32(x):
    return struct.unpack("<f", struct.pack("<f", x))[0]


class Numbers:
    """A linear congruential generator: the same everywhere, and good enough to make vectors that are alike in nothing."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (6364136223846793005 * self.state + 1442695040888963407) % 2**64
        return self.state / 2**63 - 1

    def vector(self):
        return [self.next() for _ in range(SIZE)]


def dot(a, b):
    return math.fsum(x * y for x, y in zip(a, b))


def norm(a):
    return math.sqrt(dot(a, a))


def scale(a, k):
    return [k * x for x in a]


def add(a, b):
    return [x + y for x, y in zip(a, b)]


def sub(a, b):
    return [x - y for x, y in zip(a, b)]


def at_angle(numbers, direction, degrees, length):
    """A vector of that length at that angle to the direction."""
    u = scale(direction, 1 / norm(direction))
    other = numbers.vector()
    other = sub(other, scale(u, dot(other, u)))
    other = scale(other, 1 / norm(other))
    w = math.radians(degrees)
    return scale(add(scale(u, math.cos(w)), scale(other, math.sin(w))), length)


def angle(a, b):
    if norm(a) == 0 or norm(b) == 0:
        return None
    u, v = scale(a, 1 / norm(a)), scale(b, 1 / norm(b))
    return 2 * math.atan2(norm(sub(u, v)), norm(add(u, v)))


def slerp(a, b, t):
    """Two task vectors; also the angle in radians."""
    w = angle(a, b)
    if w is None or math.sin(w) < MIN_SINE:
        return add(scale(a, 1 - t), scale(b, t)), w
    return add(scale(a, math.sin((1 - t) * w) / math.sin(w)), scale(b, math.sin(t * w) / math.sin(w))), w


def merged(init, policies, lam):
    deltas = [sub(p, init) for p in policies]
    result, angles = deltas[0], []
    for m in range(2, len(deltas) + 1):
        result, w = slerp(result, deltas[m - 1], 1 / m if lam is None else lam)
        angles.append(None if w is None else math.degrees(w))
    return add(init, result), angles


def case(name, init, deltas, lam):
    init = [float32(x) for x in init]
    policies = [[float32(x) for x in add(init, d)] for d in deltas]
    result, angles = merged(init, policies, lam)
    return {
        "name": name,
        "lambda": lam,
        "init": init,
        "policies": policies,
        "slerp": result,
        "anglesDegrees": angles,
        "mean": [math.fsum(column) / len(policies) for column in zip(*policies)],
        "liti03": add(scale(init, 0.7), scale(result, 0.3)),
    }


def exact(numbers):
    """Multiples of 1/64 below 1: their sums and doubles are exact, so that equal and opposite stay so after rounding."""
    return [math.floor(64 * x) / 64 for x in numbers.vector()]


def two(numbers):
    init, d = exact(numbers), exact(numbers)
    zero = [0.0] * SIZE
    pairs = {
        "identical": (d, d),
        "parallel, twice as long": (d, scale(d, 2)),
        "opposite": (d, scale(d, -1)),
        "opposite, twice as long": (d, scale(d, -2)),
        "first zero": (zero, d),
        "second zero": (d, zero),
        "both zero": (zero, zero),
    }
    for degrees in (0.0057, 1, 10, 90, 120, 170, 179.4):
        pairs[f"{degrees} degrees"] = (d, at_angle(numbers, d, degrees, 1.1 * norm(d)))
    for name, deltas in pairs.items():
        for lam in LAMBDAS:
            yield case(f"{name}, lambda {lam}", init, deltas, lam)


def several(numbers, count):
    init = numbers.vector()
    yield case(f"{count} unlike", init, [numbers.vector() for _ in range(count)], None)
    first = numbers.vector()
    yield case(f"{count} near 90 degrees", init, [first] + [at_angle(numbers, first, 85 + 2 * m, 0.9 + 0.1 * m) for m in range(1, count)], None)
    yield case(f"{count} with a zero", init, [numbers.vector(), [0.0] * SIZE] + [numbers.vector() for _ in range(count - 2)], None)
    yield case(f"{count} alike", init, [scale(first, 0.01)] * count, None)


def main():
    numbers = Numbers(2406_16768)
    cases = list(two(numbers))
    for count in (2, 3, 5):
        cases.extend(several(numbers, count))
    path = pathlib.Path(__file__).with_name("merges.json")
    path.write_text("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
