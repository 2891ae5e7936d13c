"""The quantities of batch normalization as Vega expressions, so that a chart can follow a thumb without a server."""

from typing import Any

from bnsim.charts.following import following

CONTROLS = ("mean", "std", "gamma", "beta", "x")
"""The parameters that charts follow while they are dragged."""

STATE_COLUMNS = (
    "epoch", *CONTROLS, "eps", "follows", "z_mean", "z_std", "batch_mean", "batch_std", "curve", "population", "reach",
)  # fmt: skip
"""What Python knows, in one row: the controls, eps, and the batch.

`follows` is 1 where the batch is made from mean and std (a member is mean + std * z, and z_mean, z_std are the moments
of z), 0 where it is given. `batch_mean` and `batch_std` are the engine's. `curve` and `population` say whether to draw
the normal curve of the batch's own moments and the population's; `reach` is how many standard deviations to either
side a given batch needs.
"""

HALF_RANGE = 15
"""Every stage is shown from -15 to 15, the whole range of the sliders, unless its values do not fit."""

REACH = 3
"""A stage needs this many standard deviations to either side: the sliders' extremes just fit."""

STRIP_SIZES, LETTER_WIDTH, MOST_LINES = (9, 15), 0.605, 5
"""Pixels of the formula strip's letters, at least and at most; how wide one is in a monospaced font, of its size."""

BELOW = "\\n\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}"
"""What begins a line that goes on with the line above; a browser would not draw plain blanks there."""

NARROW = 0.15
"""A given batch narrower than this is shown on an axis of its own; a slider's is not: its width is what is taught."""


def live_parameters() -> list[dict[str, Any]]:
    """Return the parameters from which all layers take their numbers, as they stand in a specification.

    Besides those of `following`: `bm, bs`: the batch's moments; `inv`: 1 / sqrt(bs^2 + eps); `x_hat, y`:
    the tracked sample. `M, S, T`: mean, (signed) standard deviation and tracked sample of the three stages; `A, B`:
    a raw value v becomes A v + B at a stage; `C, H`: centre and half range of each stage's axis.
    """
    expressions = {
        "made": "on && state.follows && moved",
        "bm": "made ? mean + std * state.z_mean : state.batch_mean",
        "bs": "made ? std * state.z_std : state.batch_std",
        "root": "sqrt(bs * bs + state.eps)",
        "x_hat": "(x - bm) / root",
        "y": "gamma * x_hat + beta",
        "M": "[bm, 0, beta]",
        "S": "[bs, bs / root, gamma * bs / root]",
        "T": "[x, x_hat, y]",
        "A": "[1, 1 / root, gamma / root]",
        "B": "[0, -bm / root, beta - gamma * bm / root]",
        "fits": f"[state.follows ? abs(mean) + {REACH} * std <= {HALF_RANGE} : bs == 0 ? abs(bm) <= {HALF_RANGE} : "
        f"abs(bm) + state.reach * bs <= {HALF_RANGE} && bs >= {NARROW}, true, "
        f"abs(beta) + {REACH} * abs(S[2]) <= {HALF_RANGE}]",
        "C": "[fits[0] ? 0 : bm, 0, fits[2] ? 0 : beta]",
        "H": f"[fits[0] ? {HALF_RANGE} : max(state.reach * bs, 1e-9 * abs(bm), 1e-12), {HALF_RANGE}, "
        f"fits[2] ? {HALF_RANGE} : max(state.reach * abs(S[2]), 1e-9 * abs(beta), 1e-12)]",
    }
    return [
        *following(*CONTROLS, sweeps=False),
        *({"name": name, "expr": expression} for name, expression in expressions.items()),
    ]


def operand(name: str) -> str:
    """Return the expression that writes a number in a formula: two decimals if that is all of it, else six digits."""
    short = f"abs({name}) < 1e4 && abs(round({name} * 100) / 100 - {name}) <= 1e-12"
    text = f"({short} ? format({name}, '.2f') : format({name}, '.6~g'))"
    return f"({name} < -1e-12 ? '(' + {text} + ')' : {text})"


def exact(name: str) -> str:
    """Return the expression that writes a result with all digits that are right."""
    return f"format({name}, '.13~g')"


def formula_strip() -> list[dict[str, Any]]:
    """Return the parameters that spell out, within the room there is, what happens to the tracked sample.

    `strip`: the lines, two where they fit, else each broken before its signs / and =; `strip_size`: the size of the
    letters that the longest line leaves. A picture outside a page has no width to keep to: its lines stay whole.
    """
    eps = "format(state.eps, state.eps < 1e-3 ? '~e' : '~g')"
    expressions = {
        "less_mean": f"'x̂ = (' + {operand('x')} + ' − ' + {operand('bm')} + ')'",
        "by_root": f"'/ √(' + {operand('bs')} + '² + ' + {eps} + ')'",
        "is_x_hat": f"'= ' + {exact('x_hat')}",
        "scaled": f"'y = ' + {operand('gamma')} + ' · x̂ + ' + {operand('beta')}",
        "is_y": f"'= ' + {exact('y')}",
        "room": f"isFinite(containerSize()[0]) ? floor(width / {LETTER_WIDTH * STRIP_SIZES[0]}) : 1000",
        "normalizing": broken("less_mean", "by_root", "is_x_hat"),
        "scaling": broken("scaled", "is_y"),
        "strip": "split(normalizing + '\\n' + scaling, '\\n')",
        "longest": "max(" + ", ".join(f"length(strip[{k}] || '')" for k in range(MOST_LINES)) + ")",
        "strip_size": f"clamp(floor(width / ({LETTER_WIDTH} * longest)), {STRIP_SIZES[0]}, largest_size)",
    }
    named = [{"name": name, "expr": expression} for name, expression in expressions.items()]
    return [{"name": "largest_size", "value": STRIP_SIZES[1]}, *named]


def broken(*parts: str) -> str:
    """Return the expression of parts on one line, the last one below, or one below the other: what first fits."""
    whole = " + ' ' + ".join(parts)
    first = " + ' ' + ".join(parts[:-1])
    each = f" + '{BELOW}' + ".join(parts)
    return f"length({whole}) <= room ? {whole} : length({first}) <= room ? {first} + '{BELOW}' + {parts[-1]} : {each}"
