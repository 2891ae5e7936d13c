"""Formulas are true as printed: whoever computes them with the numbers shown gets the number shown beside them."""

import ast
import math
import operator
import re
from collections.abc import Callable, Iterator
from decimal import Decimal, localcontext
from itertools import pairwise

import pytest

import bnsim
from bnsim.text import number, operands, to_error

SETTINGS: dict[str, list[dict[str, object]]] = {
    "transform": [
        {},
        {"mean": 2.3, "std": 1.8, "gamma": -1.5, "beta": -0.2, "x": -5.1},
        {"source": "digits", "unit": 3, "x": 0.7, "gamma": 1.234567890123},
        {"source": "sample", "seed": 4, "gamma": 0.001, "beta": 1000.0},
        {"gamma": 1e-9, "beta": 1e6},
        {"source": "own", "values": [0.1, 0.2, 0.30000001], "x": 0.2, "eps": 1e-12},
        {"mean": 1e6, "std": 1e-3, "x": 1e6 + 1e-3},
    ],
    "train-eval": [
        {},
        {"convention": "keras", "drift": 0.05, "x": -3.21, "gamma": -2.5, "beta": 0.7},
        {"convention": "cumulative", "steps": 7, "x": 2.9876543, "gamma": 1e-3, "beta": -100.0},
        {"convention": "paddle", "inference_size": 1, "momentum": 0.0123456789, "steps": 37},
        {"mean": 1e5, "std": 1e-3, "x": 1e5 + 0.002, "repeats": 10},
        {"decision": "digits", "seed": 5},
    ],
    "batch-size": [{"batch_size": n} for n in (1, 2, 3, 16, 37)] + [{"source": "digits", "eps": 1e-3}],
    "norm-family": [{"norm": norm} for norm in ("batch", "layer", "group")],
    "folding": [
        {},
        {"layer": "linear", "gamma": -1.3, "beta": 0.4, "bias": -3.123456789},
        {"bias": 1e6, "eps": 0.123456, "gamma": 1e-3},
        {"bias": 0.0, "shift": 0.0, "spread": 1.0},
    ],
}
CASES = [(slug, params) for slug, several in SETTINGS.items() for params in several]

COMPUTED = r"[\d.e−+·/√()² ^]*\d[\d.e−+·/√()² ^]*"
"""A formula in numbers alone."""

LEAST = {
    "transform": {"x_hat", "y", "normalized_std", "output_std", "identity_gamma"},
    "train-eval": {"eval_y", "population_y", "stale_y", "precise_y", "running_mean_bias", "running_var_bias"},
    "batch-size": {"mean_noise_law", "x_hat_noise_law", "x_hat_bound", "doubling_gain"},
    "norm-family": set(),
    "folding": {"bias_eval", "parameters_before", "multiply_adds_before", "bytes_before", "bytes_after"},
}
"""Readouts that must be found to print their formula in numbers."""

OPERATIONS: dict[type[ast.operator], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


def computed(formula: str) -> Decimal:
    """Return what a formula of numbers, + − · / √ ² ^ and brackets comes to, with fifty digits."""
    text = re.sub(r"(\d)e−(\d+)", r"\1e-\2", formula).replace("−", "-").replace("·", "*").replace("^", "**")
    text = re.sub(r"√([\d.]+)", r"√(\1)", text).replace("²", "**2").replace("√", "root")
    text = re.sub(r"(\d) ?\(", r"\1 * (", text)

    def value(node: ast.expr) -> Decimal:
        match node:
            case ast.Constant():
                return Decimal(ast.get_source_segment(text, node) or "")
            case ast.UnaryOp(op=ast.USub()):
                return -value(node.operand)
            case ast.Call():
                return value(node.args[0]).sqrt()
            case ast.BinOp():
                return OPERATIONS[type(node.op)](value(node.left), value(node.right))
        raise AssertionError(f"{formula} is not a formula of numbers")

    text = text.strip()
    with localcontext(prec=50):
        return value(ast.parse(text, mode="eval").body)


def sides(statement: str) -> Iterator[list[str]]:
    """Yield the sides of every equation of a statement."""
    for clause in re.split(r"; |, |: | with | \(standard| against ", statement):
        yield [side.strip() for side in clause.split(" = ")]


def in_numbers(side: str) -> bool:
    return bool(re.fullmatch(COMPUTED, side))


def agree(formula: str, printed: str) -> bool:
    """Return whether a formula gives a printed number to its last digit, up to one of its units."""
    shown = Decimal(printed.replace("−", "-"))
    digits = len(shown.as_tuple().digits)
    unit = Decimal(1).scaleb(int(shown.as_tuple().exponent))
    # Trailing zeros are not printed: a number of six digits shows as fewer.
    return abs(computed(formula) - shown) <= (unit if digits >= 6 else max(abs(shown) * Decimal("1e-5"), Decimal(0)))


def of_results(slug: str, **params: object) -> Iterator[tuple[str, str, str, float]]:
    """Yield key, formula, result and its error: the formula that a readout's statement ends with, and the readout."""
    for readout in bnsim.run(slug, **params).readout_list:
        for equation in sides(readout.statement):
            last = equation[-1]
            made = len(equation) > 1 and in_numbers(last) and not re.fullmatch(r"−?[\d.]+(e−?\d+)?", last)
            if made and isinstance(readout.best, float) and math.isfinite(readout.best):
                yield readout.key, last, number(readout.best, readout.term.digits), readout.error
                break


@pytest.mark.parametrize(("slug", "params"), CASES, ids=[f"{slug}-{n}" for n, (slug, _) in enumerate(CASES)])
class TestEverywhere:
    def test_a_formula_in_numbers_gives_the_number_it_stands_beside(self, slug, params):
        made = list(of_results(slug, **params))

        wrong = [each for each in made if not close(*each[1:])]
        assert wrong == []

    def test_an_equation_in_numbers_holds(self, slug, params):
        for readout in bnsim.run(slug, **params).readout_list:
            for equation in sides(readout.statement):
                numbers = [side for side in equation if in_numbers(side)]
                for left, right in pairwise(numbers):
                    assert agree(left, right), (readout.key, left, right)


def close(formula: str, result: str, error: float) -> bool:
    """Return whether a formula gives a result to one unit of its 13th digit, or to what rounding can have taken.

    Decimal numbers are subtracted exactly; float64 holds the nearest binary ones.
    """
    shown, found = Decimal(result.replace("−", "-")), computed(formula)
    return abs(found - shown) <= max(abs(shown) * Decimal("1e-12"), Decimal(error))


@pytest.mark.parametrize("slug", SETTINGS)
def test_the_formulas_are_found(slug):
    found = {key for params in SETTINGS[slug] for key, *_ in of_results(slug, **params)}

    assert found >= LEAST[slug]


class TestOperands:
    def test_have_no_more_digits_than_the_result_needs(self):
        assert operands(operator.sub, 4.0, 2.99912345678, shown=3) == ["4", "2.99912"]
        assert operands(operator.sub, 4.0, 2.99912345678) == ["4", "2.99912345678"]

    def test_have_all_that_float64_holds_where_digits_cancel(self):
        assert operands(operator.sub, 1e6 + 1e-3, 1e6) == ["1000000.001", "1000000"]
        assert operands(operator.sub, 1 / 3, 0.3333) == ["0.3333333333333333", "0.3333"]

    def test_stand_in_brackets_where_negative(self):
        assert operands(operator.mul, -1.5, 2.0) == ["(−1.5)", "2"]

    def test_may_be_anything(self):
        assert operands(lambda value: value, math.inf) == ["∞"]
        assert operands(lambda value: 0.0 * value, 5e-324) == ["5e−324"]


class TestToError:
    @pytest.mark.parametrize(
        ("value", "error", "shown"),
        [
            (0.4136036795584, 0.0043, 0.4136), (0.24591812, 0.0037, 0.2459), (7.805276, 0.58, 7.81),
            (1234.5, 130.0, 1230.0), (3.7e-17, 1e-15, 0.0), (316.2, 0.0, 316.2), (5.0, math.inf, 5.0),
        ],
    )  # fmt: skip
    def test_keeps_two_digits_of_the_error(self, value, error, shown):
        assert to_error(value, error) == shown

    def test_leaves_what_is_no_number(self):
        assert math.isinf(to_error(math.inf, 0.1))
        assert math.isnan(to_error(math.nan, 0.1))

    def test_is_what_people_are_shown_and_programs_are_not(self):
        readout = next(each for each in bnsim.run("train-eval").readout_list if each.key == "train_y_mean")

        assert readout.error == pytest.approx(0.191889 / math.sqrt(2000), rel=1e-5)
        assert readout.best == round(readout.value, 4) != readout.value
