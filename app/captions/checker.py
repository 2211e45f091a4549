"""The allow-list for edited templates: what passes cannot call, grow or reach anything.

Jinja's sandbox bounds neither time nor memory (`'a' * 10**8`, `lipsum(n=…)`, `'{:9…}'.format(1)`, doubling with `~`;
https://github.com/pallets/jinja/issues/2149). So the tree itself is checked: no calls, no arithmetic, no assignments,
loops only over the article's own lists and never nested. What is left prints at most its own size times the article.

Its work is bounded too, before it runs: each filter is worked out once per text, however often a loop asks
(`once_per_text` in templates.py), so what counts is how many different cuts there are, and how many comparisons a loop
repeats.
"""

from dataclasses import dataclass, field

from jinja2 import nodes

from app.captions.template_words import LOOP_VARIABLES, NOT_ALLOWED, PLAIN_FILTERS, VARIABLES, Kind
from app.errors import Invalid
from app.messages import refusals
from app.messages.message import recognise

MAX_SOURCE = 10_000
MAX_DEPTH = 20
MAX_NODES = 600
MAX_FILTERS = 40
MAX_SEPARATOR = 20
MAX_CUTS = 8
MAX_COMPARISONS = 100
# A list has at most 30 items, so a comparison in a loop is made 30 times.
LOOP_WEIGHT = 5


class TemplateRefused(Invalid):
    """A caption template that could fail or harm when it is used. `line` and `reason` say where and why."""

    code = "template_refused"
    title = refusals.BAD_TEMPLATE

    def __init__(self, reason: str, *, line: int = 1) -> None:
        super().__init__(refusals.template_refused(line=line, reason=recognise(reason)))
        self.line = line
        self.reason = reason


@dataclass(slots=True)
class Checker:
    """Walk a parsed template and refuse what is not on the list. One instance per template."""

    scope: dict[str, Kind] = field(default_factory=lambda: dict(VARIABLES))
    in_loop: bool = False
    depth: int = 0
    count: int = 0
    filters: int = 0
    comparisons: int = 0
    cuts: set[str] = field(default_factory=set)

    def statements(self, body: list[nodes.Node]) -> None:
        for node in body:
            self._enter(node)
            match node:
                case nodes.Output():
                    self._output(node)
                case nodes.If():
                    self._branch(node)
                case nodes.For():
                    self._loop(node)
                case _:
                    raise _refused(node)
            self.depth -= 1

    def _output(self, node: nodes.Output) -> None:
        for part in node.nodes:
            if not isinstance(part, nodes.TemplateData) and self.kind(part) is Kind.flag:
                raise TemplateRefused("yes or no cannot be printed; use it in {% if … %}", line=part.lineno)

    def _branch(self, node: nodes.If) -> None:
        self.kind(node.test)
        self.statements(node.body)
        self.statements(list(node.elif_))
        self.statements(node.else_)

    def _loop(self, node: nodes.For) -> None:
        if self.in_loop:
            raise TemplateRefused("a loop cannot stand inside a loop", line=node.lineno)
        if node.recursive or node.test is not None or not isinstance(node.target, nodes.Name):
            raise TemplateRefused("only {% for tag in hashtags %} is allowed here", line=node.lineno)
        if self.kind(node.iter) is not Kind.list:
            raise TemplateRefused("a loop can only go over tags or hashtags", line=node.lineno)
        name = node.target.name
        if name in {*VARIABLES, "loop", "article"}:
            raise TemplateRefused(f"“{name}” is taken; name the loop's variable otherwise", line=node.lineno)
        self.in_loop = True
        self.scope[name] = Kind.text
        self.statements(node.body)
        del self.scope[name]
        self.in_loop = False
        self.statements(node.else_)

    def kind(self, node: nodes.Node) -> Kind:
        """Tell what an expression gives, so that nothing can fail when the template is used."""
        self._enter(node)
        match node:
            case nodes.Const():
                result = _constant(node)
            case nodes.Name():
                result = self._variable(node.name, self.scope, node)
            case nodes.Getattr() | nodes.Getitem():
                result = self._member(node)
            case nodes.Filter():
                result = self._filter(node)
            case nodes.Compare():
                result = self._compare(node)
            case nodes.Not():
                self.kind(node.node)
                result = Kind.flag
            case nodes.And() | nodes.Or():
                result = self._either(node.left, node.right)
            case nodes.CondExpr():
                result = self._choice(node)
            case _:
                raise _refused(node)
        self.depth -= 1
        return result

    def _variable(self, name: str, known: dict[str, Kind], node: nodes.Node) -> Kind:
        if name not in known:
            raise TemplateRefused(f"“{name[:40]}” is unknown; there is {', '.join(known)}", line=node.lineno)
        return known[name]

    def _member(self, node: nodes.Getattr | nodes.Getitem) -> Kind:
        key = node.attr if isinstance(node, nodes.Getattr) else getattr(node.arg, "value", None)
        owner = node.node.name if isinstance(node.node, nodes.Name) else ""
        if not isinstance(key, str) or owner not in {"article", "loop"} or (owner == "loop" and not self.in_loop):
            raise TemplateRefused("only article.title and the like have parts", line=node.lineno)
        return self._variable(key, VARIABLES if owner == "article" else LOOP_VARIABLES, node)

    def _filter(self, node: nodes.Filter) -> Kind:
        self.filters += 1
        if self.filters > MAX_FILTERS:
            raise TemplateRefused(f"more than {MAX_FILTERS} filters", line=node.lineno)
        if node.node is None or node.kwargs or node.dyn_args is not None or node.dyn_kwargs is not None:
            raise TemplateRefused(f"“{node.name}” is not used in this way", line=node.lineno)
        given = self.kind(node.node)
        arguments = [argument.value if isinstance(argument, nodes.Const) else None for argument in node.args]
        match node.name, given, arguments:
            case name, Kind.text, [] if name in PLAIN_FILTERS:
                return Kind.text
            case ("first", Kind.list, []) | ("join", Kind.list, []):
                return Kind.text
            case "join", Kind.list, [str(separator)] if len(separator) <= MAX_SEPARATOR:
                return Kind.text
            case "cut" | "truncate", Kind.text, [int(length)] if 1 <= length <= MAX_SOURCE and length is not True:
                self._count_cut(node)
                return Kind.text
            case "default", Kind.text, [_] | [_, bool()] if self.kind(node.args[0]) is Kind.text:
                return Kind.text
        raise TemplateRefused(
            f"the filter “{node.name[:40]}” is unknown or not used in this way; there is {', '.join(PLAIN_FILTERS)}, "
            f"default('text') and cut(number) for text, first and join(' ') for tags and hashtags",
            line=node.lineno,
        )

    def _count_cut(self, node: nodes.Filter) -> None:
        # The slowest that a template can ask for. One that was asked for before costs nothing.
        self.cuts.add(repr(node))
        if len(self.cuts) > MAX_CUTS:
            raise TemplateRefused(f"more than {MAX_CUTS} different cuts", line=node.lineno)

    def _count_comparisons(self, node: nodes.Compare) -> None:
        self.comparisons += len(node.ops) * (LOOP_WEIGHT if self.in_loop else 1)
        if self.comparisons > MAX_COMPARISONS:
            raise TemplateRefused(
                f"too many comparisons: {MAX_COMPARISONS} at most, and one in a loop counts for {LOOP_WEIGHT}",
                line=node.lineno,
            )

    def _compare(self, node: nodes.Compare) -> Kind:
        self._count_comparisons(node)
        left = self.kind(node.expr)
        for operand in node.ops:
            right = self.kind(operand.expr)
            match operand.op, left, right:
                case ("eq" | "ne", _, _) if left is right:
                    pass
                case "in" | "notin", Kind.text, Kind.text | Kind.list:
                    pass
                case "lt" | "lteq" | "gt" | "gteq", Kind.number, Kind.number:
                    pass
                case _:
                    raise TemplateRefused(f"a {left} and a {right} cannot be compared so", line=node.lineno)
            left = right
        return Kind.flag

    def _either(self, left: nodes.Node, right: nodes.Node) -> Kind:
        kinds = {self.kind(left), self.kind(right)}
        return kinds.pop() if len(kinds) == 1 else Kind.flag

    def _choice(self, node: nodes.CondExpr) -> Kind:
        if node.expr2 is None:
            raise TemplateRefused("“… if …” needs an “else …”", line=node.lineno)
        self.kind(node.test)
        return self._either(node.expr1, node.expr2)

    def _enter(self, node: nodes.Node) -> None:
        self.depth += 1
        self.count += 1
        if self.depth > MAX_DEPTH:
            raise TemplateRefused(f"nested more than {MAX_DEPTH} deep", line=node.lineno)
        if self.count > MAX_NODES:
            raise TemplateRefused("too many parts", line=node.lineno)


def _constant(node: nodes.Const) -> Kind:
    match node.value:
        case bool():
            return Kind.flag
        case int():
            return Kind.number
        case str():
            return Kind.text
    raise TemplateRefused("only text, whole numbers, true and false are allowed", line=node.lineno)


def _refused(node: nodes.Node) -> TemplateRefused:
    words = next((words for cls, words in NOT_ALLOWED.items() if isinstance(node, cls)), type(node).__name__)
    line = next((inner.lineno for inner in (node, *node.find_all(nodes.Node)) if inner.lineno), 1)
    return TemplateRefused(f"{words} is not allowed in a caption template", line=line)
