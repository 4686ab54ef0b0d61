"""Every small change to a right answer is refused by its exercise, and other right answers are accepted.

The printed solution of each exercise, and the `answer` of its check, are changed at one place after another: a sign,
an operator, a number, a comparison, a function, an argument, a statement. Each of these mutants must be refused.
What cannot be refused because it computes the same is listed in tests/answers under EQUIVALENT, as a pattern and the
reason, and is compared with the right answer on random cases beyond the exercise's own, so that no entry hides a hole.
`python tests/test_answer_mutants.py [chapter or exercise]` counts the mutants and prints those that need a look.
"""

import ast
import json
import re
import runpy
import signal
import sys
import time
import warnings
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path

import numpy as np
import pytest

from lossopt import check
from lossopt.check import Exercise
from lossopt.check import exercise as core

ROOT = Path(__file__).resolve().parents[1]
# How many random cases, where 200 would take too long.
FEWER = {"halfway_delta": 4, "temperature": 6, "ctc_by_states": 40, "steepest_curvature": 10}
# The numbers of rounds with which a search takes too long for hundreds of mutants, and fewer.
ROUNDS = {"halfway_delta": {300: 60, 60: 25, 40: 13, 30: 12}, "temperature": {30: 22}}
ALL = {name: value for name, value in vars(check).items() if isinstance(value, Exercise)}
NUMBERS = [name for name, exercise in ALL.items() if not exercise.cases]
MOMENT = 0.5  # seconds of computing that a mutant may take


def _answers(table):
    """Collect a table from all files of tests/answers: what it says of each exercise."""
    files = sorted((ROOT / "tests/answers").glob("*.py"))
    return {name: entry for file in files for name, entry in runpy.run_path(str(file)).get(table, {}).items()}


EQUIVALENT, RANDOM, RIGHT = map(_answers, ("EQUIVALENT", "RANDOM", "RIGHT"))

# Where a printed solution, or an answer, comes from


def _names(tree):
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _defined(statement):
    """Return the names that a top-level definition or import binds."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).split(".")[0] for alias in statement.names}
    if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Attribute):
        return _names(statement) - _names(statement.value)  # k = keras.optimizers.schedules
    return set()


def _free(tree):
    """Return the names in a definition that it does not bind itself."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return _names(tree) - set().union(*map(_scope, functions))


def _needed(wanted, statements):
    """Return the definitions among the statements that the wanted names need, in their order."""
    needed, wanted = [], set(wanted)
    for statement in reversed(statements):
        if _defined(statement) & wanted:
            wanted |= _free(statement)
            needed.insert(0, statement)
    return needed


def _code(cell):
    source = "".join(cell["source"])
    return [] if "%pip" in source else ast.parse(source).body


def printed_solutions():
    """Yield each exercise's name with the statements of its printed solution and those of all cells before it."""
    for path in sorted(ROOT.glob("notebooks/*.ipynb")):
        before = []
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            if cell["cell_type"] != "code":
                continue
            statements = _code(cell)
            if "solution" in cell["metadata"].get("tags", []):
                [call] = re.findall(r"(?m)^check\.(\w+)\((\w+)\)$", "".join(cell["source"]))
                yield *call, statements, list(before)
            before += statements


def _run(statements, namespace):
    exec(compile(ast.Module(statements, []), "<answer>", "exec"), namespace)


@dataclass
class Source:
    """An answer in source: the name of what it defines, the statements that may be changed, and what they need."""

    target: str
    statements: list
    namespace: dict

    def make(self):
        namespace = dict(self.namespace)
        _run(self.statements, namespace)
        return namespace[self.target]


def _printed(target, statements, before):
    own = _needed({target}, statements)
    needed = _needed(set().union(*map(_free, own)), before)
    namespace = {"np": np}
    _run(needed, namespace)
    return Source(target, own, namespace)


def _module(name):
    [module] = [
        module
        for key, module in sys.modules.items()
        if key.startswith("lossopt.check.") and vars(module).get(name) is ALL[name]
    ]
    return module


PRINTED = {name: rest for name, *rest in printed_solutions()}
MADE = [name for name in PRINTED if ALL[name].cases]


def _with_fewer_rounds(name, statements):
    for node in (node for statement in statements for node in ast.walk(statement)):
        if isinstance(node, ast.Constant):
            node.value = ROUNDS.get(name, {}).get(node.value, node.value)
    return statements


def printed(name):
    """Return the source of an exercise's printed solution."""
    source = _printed(*PRINTED[name])
    return replace(source, statements=_with_fewer_rounds(name, source.statements))


def answer(name):
    """Return the source of a check's `answer`, with the functions of its module that it calls."""
    module = _module(name)
    tree = ast.parse(Path(module.__file__).read_text("utf-8"))
    [call] = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == [name]
    ]
    [value] = [keyword.value for keyword in call.keywords if keyword.arg == "answer"]
    own = [*_needed(_names(value), [s for s in tree.body if isinstance(s, ast.FunctionDef)])]
    own.append(ast.fix_missing_locations(ast.Assign([ast.Name("__answer__", ast.Store())], value)))
    return Source("__answer__", _with_fewer_rounds(name, _settle(own)), dict(vars(module)))


class _Settled(ast.NodeTransformer):
    """Put the values of arguments that only wrong answers set into a function, and drop the branches they close."""

    def __init__(self, values):
        self.values = values

    def visit_Name(self, node):
        return self.values.get(node.id, node) if isinstance(node.ctx, ast.Load) else node

    def visit_Compare(self, node):
        self.generic_visit(node)
        if isinstance(node.ops[0], ast.Is) and isinstance(node.left, ast.Constant | ast.Lambda):
            return ast.Constant(isinstance(node.left, ast.Constant) and node.left.value is None)
        return node

    def visit_UnaryOp(self, node):
        self.generic_visit(node)
        match node:
            case ast.UnaryOp(ast.Not(), ast.Constant(value)):
                return ast.Constant(not value)
        return node

    def visit_IfExp(self, node):
        self.generic_visit(node)
        if isinstance(node.test, ast.Constant):
            return node.body if node.test.value else node.orelse
        return node

    def visit_BoolOp(self, node):
        self.generic_visit(node)
        ends = isinstance(node.op, ast.Or)
        values = [v for v in node.values if not isinstance(v, ast.Constant) or bool(v.value) == ends]
        if any(isinstance(value, ast.Constant) for value in values):
            return ast.Constant(ends)
        return ast.BoolOp(node.op, values) if len(values) > 1 else values[0]

    def visit_BinOp(self, node):
        self.generic_visit(node)
        match node:
            case ast.BinOp(ast.Constant(1), ast.Mult(), other) | ast.BinOp(
                other, ast.Mult(), ast.Constant(1)
            ):
                return other
            case ast.BinOp(ast.Constant(0), ast.Mult()):
                return ast.Constant(0)
            case ast.BinOp(other, ast.Add() | ast.BitOr(), ast.Constant(0)):
                return other
        return node

    def visit_Assign(self, node):
        match node:
            case ast.Assign([ast.Name(name)], ast.IfExp(ast.Compare(ast.Name(test), [ast.Is()]), body)) if (
                name == test
            ):
                node = ast.Assign(node.targets, self.visit(body))
                del self.values[name]  # from here on it is a name like any other
                return node
        self.generic_visit(node)
        return None if _is_idle(node) else node


def _asks_for_none(node):
    return (
        isinstance(node, ast.Compare) and isinstance(node.left, ast.Name) and isinstance(node.ops[0], ast.Is)
    )


def _is_idle(statement):
    """Whether a statement gives a name its own value, or is a docstring."""
    match statement:
        case ast.Expr(ast.Constant()):
            return True
        case ast.Assign([target], value):
            return ast.unparse(target) == ast.unparse(value)
    return False


def _settle(statements):
    """Return the functions without the arguments that no call among them passes, and that have a default."""
    calls = [node for statement in statements for node in ast.walk(statement) if isinstance(node, ast.Call)]
    for statement in statements:
        if not isinstance(statement, ast.FunctionDef):
            continue
        signature = statement.args
        mine = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == statement.name]
        first = len(signature.args) - len(signature.defaults)
        passed = max([first, *(len(call.args) for call in mine)])
        named = {keyword.arg for call in mine for keyword in call.keywords}
        defaults = dict(zip([a.arg for a in signature.args[first:]], signature.defaults, strict=True))
        kept = {
            node.id
            for node in ast.walk(statement)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
        kept -= {
            node.left.id for node in ast.walk(statement) if _asks_for_none(node)
        }  # these are settled below
        kept |= named | {a.arg for a in signature.args[:passed]}
        free = {name: value for name, value in defaults.items() if name not in kept}
        signature.args = [argument for argument in signature.args if argument.arg not in free]
        passing = named | {a.arg for a in signature.args[:passed]}
        signature.defaults = [
            ast.Constant(None) if name in passing else value
            for name, value in defaults.items()
            if name in kept
        ]
        settled = [_Settled(free).visit(line) for line in statement.body]
        statement.body = [line for line in settled if line and not _is_idle(line)]
    return [ast.fix_missing_locations(statement) for statement in statements]


# What is changed

OPERATORS = {
    ast.Add: [ast.Sub], ast.Sub: [ast.Add], ast.Mult: [ast.Div], ast.Div: [ast.Mult], ast.FloorDiv: [ast.Div],
    ast.Mod: [ast.FloorDiv], ast.BitAnd: [ast.BitOr], ast.BitOr: [ast.BitAnd],
}  # fmt: skip
COMPARISONS = {
    ast.Lt: [ast.LtE, ast.Gt, ast.GtE], ast.LtE: [ast.Lt, ast.Gt, ast.GtE], ast.Gt: [ast.GtE, ast.Lt, ast.LtE],
    ast.GtE: [ast.Gt, ast.Lt, ast.LtE], ast.Eq: [ast.NotEq], ast.NotEq: [ast.Eq],
}  # fmt: skip
NEIGHBOURS = {
    "maximum": ["minimum"], "minimum": ["maximum"], "max": ["min", "mean"], "min": ["max", "mean"],
    "mean": ["sum", "median", "max"], "sum": ["mean", "median", "max"], "median": ["mean"], "nanmean": ["nanmedian"],
    "exp": ["expm1", "log"], "expm1": ["exp"], "log": ["log1p", "log2", "log10"], "log1p": ["log"],
    "ceil": ["floor", "round"], "floor": ["ceil", "round"], "int": ["round", "float"], "round": ["floor", "ceil"],
    "argmax": ["argmin"], "argmin": ["argmax"], "nanargmin": ["argmin", "nanargmax"], "any": ["all"], "all": ["any"],
    "nanmin": ["min"], "nanmax": ["max"], "zeros_like": ["ones_like"], "zeros": ["ones"], "ones": ["zeros"],
    "std": ["var"], "var": ["std"], "cos": ["sin"], "sin": ["cos"], "tanh": ["sinh", "arctan"], "isnan": ["isinf"],
    "logaddexp": ["maximum"], "endswith": ["startswith"], "argsort": ["argmax"], "cumsum": ["cumprod"],
    "square": ["abs"], "allclose": ["array_equal"],
}  # fmt: skip
DROPPED = {
    "sqrt",
    "abs",
    "sort",
    "clip",
    "int",
    "float",
    "ceil",
    "floor",
    "round",
    "sign",
    "tanh",
    "nan_to_num",
}
EVEN = {"abs", "std", "var", "cos", "norm", "isnan", "ptp", "hypot", "len", "zeros_like"}
SYMMETRIC = {"maximum", "minimum", "max", "min", "logaddexp", "hypot", "isclose"}


def _load(name):
    return ast.Name(name, ast.Load())


def _numpy(function, *arguments, keywords=()):
    return ast.Call(ast.Attribute(_load("np"), function, ast.Load()), list(arguments), list(keywords))


def _may_be_negative(node):
    """Whether a minus before an expression can change anything, as it cannot before a list or a zero."""
    text = ast.unparse(node)
    listed = isinstance(node, ast.Starred | ast.Tuple | ast.List | ast.GeneratorExp | ast.Lambda)
    return not (listed or text in ("0", "0.0", "None") or text.startswith("np.zeros"))


def _other_constants(node):
    value = node.value
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield from {0: [1, -1], 1: [0, 2]}.get(value, [value + 1, value - 1, 2 * value])


def _other_calls(node):
    function, arguments = node.func, node.args
    method = isinstance(function, ast.Attribute) and not (
        isinstance(function.value, ast.Name) and function.value.id in ("np", "ops", "math")
    )
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    for other in NEIGHBOURS.get(name, []):
        if method and other == "median":
            yield _numpy(other, function.value, *arguments, keywords=node.keywords)
        elif isinstance(function, ast.Attribute):
            yield ast.Call(ast.Attribute(function.value, other, ast.Load()), arguments, node.keywords)
        elif other in ("floor", "ceil", "mean"):
            yield _numpy(other, *arguments, keywords=node.keywords)
        else:
            yield ast.Call(_load(other), arguments, node.keywords)
    if name in DROPPED and arguments:
        yield arguments[0]
    if name == "sign":
        yield _numpy("tanh", ast.BinOp(ast.Constant(1e3), ast.Mult(), arguments[0]))
    if name == "norm":
        yield ast.BinOp(node, ast.Pow(), ast.Constant(2))
    for i in range(len(arguments)):
        yield ast.Call(function, arguments[:i] + arguments[i + 1 :], node.keywords)
        if i and name not in SYMMETRIC:
            swapped = [*arguments[: i - 1], arguments[i], arguments[i - 1], *arguments[i + 1 :]]
            yield ast.Call(function, swapped, node.keywords)
        if name not in EVEN and _may_be_negative(arguments[i]):
            negative = [*arguments[:i], ast.UnaryOp(ast.USub(), arguments[i]), *arguments[i + 1 :]]
            yield ast.Call(function, negative, node.keywords)
    for i, keyword in enumerate(node.keywords):
        if name == "errstate":
            continue
        yield ast.Call(function, arguments, node.keywords[:i] + node.keywords[i + 1 :])
        if keyword.arg == "axis":
            for axis in _other_axes(keyword.value):
                other = ast.keyword("axis", axis)
                yield ast.Call(function, arguments, [*node.keywords[:i], other, *node.keywords[i + 1 :]])


def _other_axes(axis):
    if isinstance(axis, ast.Tuple):
        yield from axis.elts
    yield ast.Constant(None)
    yield ast.Constant(1 if ast.unparse(axis) == "0" else 0)


def _without_one(elements):
    for i in range(len(elements)):
        if len(elements) > 1:
            yield elements[:i] + elements[i + 1 :]
        if i and not all(isinstance(element, ast.Constant) for element in elements):
            yield [*elements[: i - 1], elements[i], elements[i - 1], *elements[i + 1 :]]


def others(node, scope):
    """Yield what may stand instead of an expression or a statement."""
    match node:
        case ast.BinOp(left, operator, right):
            for other in OPERATORS.get(type(operator), []):
                yield ast.BinOp(left, other(), right)
            if isinstance(operator, ast.Sub | ast.Div | ast.MatMult | ast.FloorDiv):
                yield ast.BinOp(right, operator, left)
            if isinstance(operator, ast.Pow):
                yield left
                yield ast.BinOp(left, operator, ast.BinOp(right, ast.Add(), ast.Constant(1)))
            elif not isinstance(operator, ast.MatMult):
                yield left
                yield right
        case ast.UnaryOp(ast.USub() | ast.Invert() | ast.Not(), operand):
            yield operand
        case ast.Constant():
            for value in _other_constants(node):
                yield ast.Constant(value)
        case ast.Compare(left, [operator], right):
            for other in COMPARISONS.get(type(operator), []):
                yield ast.Compare(left, [other()], right)
        case ast.BoolOp(operator, values):
            yield ast.BoolOp(ast.Or() if isinstance(operator, ast.And) else ast.And(), values)
            yield from values
        case ast.Call():
            yield from _other_calls(node)
        case ast.Attribute(value, "T"):
            yield value
        case ast.Attribute(ast.Name("np"), "inf"):
            yield ast.Constant(0)
        case ast.Name(name, ast.Load()) if name in scope:
            for other in sorted(scope - {name}):
                yield _load(other)
        case ast.IfExp(test, body, orelse):
            yield ast.IfExp(test, orelse, body)
            yield body
            yield orelse
        case ast.Tuple(elements, ast.Load()) | ast.List(elements, ast.Load()):
            for fewer in _without_one(elements):
                yield type(node)(fewer, ast.Load())
        case ast.Dict(keys, values):
            for fewer in _without_one(list(zip(keys, values, strict=True))):
                yield ast.Dict(*map(list, zip(*fewer, strict=True)))
        case ast.Slice(lower, upper, step):
            yield ast.Slice(None, upper, step)
            yield ast.Slice(lower, None, step)
        case ast.If(test, body, orelse):
            yield ast.If(ast.UnaryOp(ast.Not(), test), body, orelse)
            yield ast.If(ast.Constant(True), body, orelse)
            yield from [] if orelse else [ast.Pass()]
        case ast.AugAssign(target, operator, value):
            for other in OPERATORS.get(type(operator), []):
                yield ast.AugAssign(target, other(), value)
            yield ast.Assign([target], value)
            yield ast.Pass()
        case ast.Assign(targets, value):
            if isinstance(value, ast.Tuple):
                for i, element in enumerate(value.elts):
                    if not _may_be_negative(element):
                        continue
                    negative = ast.UnaryOp(ast.USub(), element)
                    changed = [*value.elts[:i], negative, *value.elts[i + 1 :]]
                    yield ast.Assign(targets, ast.Tuple(changed, ast.Load()))
            elif _may_be_negative(value):
                yield ast.Assign(targets, ast.UnaryOp(ast.USub(), value))
            yield ast.Pass()
        case ast.Expr(value) if not isinstance(value, ast.Constant):
            yield ast.Pass()
        case ast.Return(ast.Tuple(elements)):
            for i, element in enumerate(elements):
                negative = ast.UnaryOp(ast.USub(), element)
                yield ast.Return(ast.Tuple([*elements[:i], negative, *elements[i + 1 :]], ast.Load()))
        case ast.Return(ast.expr() as value):
            yield ast.Return(ast.UnaryOp(ast.USub(), value))


def _scope(function):
    """Return the names that are local to a function."""
    arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    stored = {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    return ({argument.arg for argument in arguments} | stored) - {"_"}


def _slots(node, scope=frozenset(), statement=None):
    """Yield each place of a tree: its parent, field, index, what is there, local names, and the statement around."""
    for field, value in ast.iter_fields(node):
        several = isinstance(value, list)
        for i, child in enumerate(value if several else [value]):
            if not isinstance(child, ast.AST) or (isinstance(child, ast.keyword) and child.arg == "axis"):
                continue  # calls change their own axes
            inner = scope | _scope(child) if isinstance(child, ast.FunctionDef | ast.Lambda) else scope
            around = child if isinstance(child, ast.stmt) else statement
            if not isinstance(child, ast.arguments) or node is not None:
                yield node, field, i if several else None, child, inner, around
            yield from _slots(child, inner, around)


def _shown(statement):
    """Write a statement on one line, of a compound one the head."""
    return " ".join(ast.unparse(statement).split("\n")[0].split()).removeprefix("__answer__ = ")


def _put(parent, field, index, node):
    if index is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[index] = node


def mutants(source):
    """Yield every mutant: how its changed line reads, and the function."""
    tree = ast.Module(source.statements, [])
    seen = {ast.unparse(tree)}
    for parent, field, index, node, scope, statement in list(_slots(tree)):
        for other in others(node, scope):
            ast.copy_location(other, node)
            ast.fix_missing_locations(other)
            _put(parent, field, index, other)
            try:
                text = ast.unparse(tree)
                if text not in seen:
                    seen.add(text)
                    gone = isinstance(other, ast.Pass)
                    line = (
                        f"without {_shown(node)}"
                        if gone
                        else _shown(other if node is statement else statement)
                    )
                    yield line, _made(source)
            finally:
                _put(parent, field, index, node)


def _made(source):
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return source.make()
    except Exception:
        return None  # a mutant that cannot even be defined


@contextmanager
def hurried(seconds=MOMENT):
    """Let checks give up after a moment, and save the care that they take of what a hostile answer changes."""

    def stop(*_):
        raise core.TooLong

    def guarded(work, _):
        before = signal.signal(signal.SIGVTALRM, stop)
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
        try:
            return work()
        except BaseException:
            raise core.Refused("") from None
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            signal.signal(signal.SIGVTALRM, before)

    careful, core.guarded = core.guarded, guarded
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
            yield
    finally:
        core.guarded = careful


def quick(name):
    """Return an exercise that explains nothing, and that computes each expected output once."""
    exercise, known = ALL[name], {}
    if exercise.use:
        return replace(exercise, slips={})

    @wraps(exercise.answer)
    def remembered(*case):
        key = repr([part.tolist() if isinstance(part, np.ndarray) else part for part in case])
        if key not in known:
            known[key] = exercise.answer(*case)
        return deepcopy(known[key])

    return replace(exercise, answer=remembered, slips={})


def sources(name):
    """Return what is mutated: the printed solution, and the check's own answer."""
    return {"printed": printed(name), "answer": answer(name)}


def survivors(name, source):
    """Count the mutants of a source, and return those that the exercise accepts, by their changed line."""
    exercise, count, alive = quick(name), 0, []
    first = replace(exercise, cases=exercise.cases[:1])
    with hurried(30):
        assert exercise(source.make()).ok
    with hurried():
        for line, made in mutants(source):
            count += 1
            if made and first(made).ok and exercise(made).ok:
                alive.append((line, made))
    return count, alive


def reason(name, line):
    """Return the pattern of EQUIVALENT that a changed line matches, or None."""
    for pattern in EQUIVALENT.get(name, {}):
        if re.fullmatch(re.escape(pattern).replace("…", ".*"), line):
            return pattern
    return None


def elsewhere(name):
    """Return the exercise with random cases in place of its own."""
    rng = np.random.default_rng(1)
    return replace(quick(name), cases=tuple(RANDOM[name](rng) for _ in range(FEWER.get(name, 200))))


@pytest.fixture(params=MADE, scope="module")
def judged(request):
    """Make and judge the mutants of one exercise, once for both tests."""
    found = {kind: survivors(request.param, source) for kind, source in sources(request.param).items()}
    return request.param, [mutant for _, alive in found.values() for mutant in alive]


def test_mutants_of_the_right_answer_are_refused(judged):
    name, alive = judged
    assert [line for line, _ in alive if not reason(name, line)] == []


def test_mutants_that_are_listed_compute_the_same(judged):
    name, alive = judged
    used = {reason(name, line) for line, _ in alive} - {None}
    assert used == set(EQUIVALENT.get(name, {}))
    if used:
        exercise = elsewhere(name)
        with hurried(30):
            assert [line for line, made in alive if reason(name, line) and not exercise(made).ok] == []


def wrong_numbers(right):
    """Return typical wrong numbers instead of a right one."""
    number = np.float64(right)
    with np.errstate(divide="ignore"):
        wrong = {
            "the other sign": -number,
            "twice as large": 2 * number,
            "half as large": number / 2,
            "the reciprocal": 1 / number,
            "in per cent": 100 * number,
            "a hundredth": number / 100,
            "squared": number**2,
            "rounded to one digit": np.float64(f"{number:.0e}"),
            "rounded to a whole number": np.round(number),
        }
    return {how: value for how, value in wrong.items() if not np.isclose(value, number)}


@pytest.mark.parametrize("name", NUMBERS)
def test_typical_wrong_numbers_are_refused(name):
    wrong = wrong_numbers(ALL[name].answer)
    assert [how for how, number in wrong.items() if ALL[name](number).ok] == []


@pytest.mark.parametrize("name", PRINTED)
def test_printed_solutions_are_accepted(name):
    if ALL[name].cases:
        assert ALL[name](printed(name).make()).message == f"Right. {ALL[name].right}"


@pytest.mark.parametrize("name", RIGHT)
def test_other_right_answers_are_accepted(name):
    for right in RIGHT[name]:
        assert ALL[name](right).message == f"Right. {ALL[name].right}"


def test_half_of_the_exercises_have_two_other_right_answers():
    assert sum(len(right) >= 2 for right in RIGHT.values()) >= 25


def report(words):
    """Print how many mutants of the chapters or exercises live, and those that nothing explains."""
    total, refused, listed = 0, 0, 0
    for name in MADE:
        module = _module(name).__name__.split(".")[-1]
        if words and not set(words) & {name, module}:
            continue
        for kind, source in sources(name).items():
            begin = time.process_time()
            count, alive = survivors(name, source)
            unexplained = [line for line, _ in alive if not reason(name, line)]
            total, refused, listed = (
                total + count,
                refused + count - len(alive),
                listed + len(alive) - len(unexplained),
            )
            took = time.process_time() - begin
            print(f"{module} {name} {kind}: {count} mutants, {len(alive)} accepted, {took:.2f} s")
            print("".join(f"    {line}\n" for line in unexplained), end="")
    print(
        f"{total} mutants, {refused} refused, {listed} compute the same, {total - refused - listed} unexplained"
    )


if __name__ == "__main__":
    report(sys.argv[1:])
