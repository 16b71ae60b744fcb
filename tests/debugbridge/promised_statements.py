"""Statements over the names of `promised_script`: most of them fit what the names hold, and complete. No test.

A template has words in angle brackets: kinds of things, each of which is one of several expressions.
"""

import random
import re

import promised_script as promised

HELPER = promised.HELPER_NAME
# Expressions by kind. None of them has no end: one `list(counter)` takes all the memory there is.
KINDS = {
    "list": """data made alias bag nested["list"] node.links point.tags stack.items bump.calls
        fixed.values objs[0] rec["o"][0] row["o"] Node.made Meta.kinds Registered.log Shape.sides Base.kinds Shelf.books
        table["a"] helper.table["a"] pair.a dd["a"] od["a"] book["k"] simple.x alias[0] chain["a"] Volts.unit
        [<value>] [*<list>,<int>] list(<dict>) sorted(range(3)) ro["list"] ref().tags proxy.links
        weak["p"].tags vars(point)["tags"] getattr(point,"tags") globals()["made"] Guard.seen error.args[0]
        step.__closure__[1].cell_contents bump.__kwdefaults__["seen"] Node.note.__defaults__[0] measured.volts""",
    "numbers": "nums.tolist() [3,1,2] arr.tolist() [<int>,<int>] list(range(<int>)) Stack.kept['sizes'] Node.made",
    "dict": """other table nested nested["dict"] od dd ct book pair.b helper.table vars(point) vars(simple) objs[1]
        node.__dict__ chain.maps[0] {"a":<value>} dict(<dict>) Stack.kept point.__dict__ bump.__dict__ settings""",
    "set": "marks nested['set'] {1,2} set(<numbers>) {<int>,'a'}",
    "array": "arr view arr[1:4] np.arange(6) every reverse",
    "floats": "grid cols grid[0] block (grid*2) np.ones((2,3))",
    "deque": "dq collections.deque([1,2],3) queue",
    "bytes": "raw mem raw bytearray(b'xy')",
    "plain": "point slotted node stack simple square bag volts book error measured Point() Node(<int>) Slotted()",
    "class": "Node Stack Point Registered Square Volts Slotted Shelf type(node) node.__class__ Fault Guard",
    "function": "bump link push stack.push helper.note made.append recorded",
    "iterator": "iter(<list>) it reversed(<list>) enumerate(<list>) zip(<list>,<list>) map(str,<list>)",
    "int": "0 1 2 3 len(<list>) point.x*0 (total_of()) min(<numbers>,default=1)",
    "name": "total fresh_one data_of mine other_one x y",
    "key": '"a" "b" "new" 1 (1,2) None',
    "text": '"a" "text" repr(<list>) str(<int>) f"{<int>}"',
    "value": "1 None 2.5 'v' [1] {'k':[2]} (1,[2]) <list> <list> <dict> <set> <plain> <int> <text> data made",
}
# A kind of statement, and its templates; "|" at a line's start goes on with the kind before. `;;` is a new line.
TEMPLATES = """
lists | <list>.append(<value>)
| <list>.extend([<value>, <value>])
| <list>.insert(<int>, <value>)
| <list>.reverse()
| <list>.sort(key=repr)
| <list>.sort(key=lambda one: made.append(1) or repr(one))
| <list>[:] = [<value>]
| <list>[:0] = <list>[:3]
| <list>[len(<numbers>):] = [<value>]
| <list>.append(<value>);;<list>[-1] = <value>
| <list> and <list>[:].clear()
| del <list>[5:]
| <list>[::2]; del <list>[1:1]
| <list>.__setitem__(slice(0, 0), [<value>])
| <list>.__iadd__([<int>])
| <list>.copy().pop() if <list> else made.append(2)
| bag.append(<value>); bag.note.append(<value>)
dicts | <dict>[<key>] = <value>
| <dict>.update(a=<value>)
| <dict>.setdefault(<key>, []).append(1) if <key> not in <dict> else None
| <dict>.pop("new", None)
| <dict>["x"] = <dict>.get("a")
| <dict>.update({<key>: <value>})
| dict.update(<dict>, b=<value>)
| for one in list(<dict>):;;    <dict>.setdefault(one, <value>)
| other |= {"n": <value>}
| book["absent"].append(<value>)
| dict.__setitem__(<dict>, "q", <value>)
sets | <set>.add(<key>)
| <set>.update({<int>, "z"})
| <set>.discard(1)
| <set>.symmetric_difference_update({1})
| marks |= {<key>}
| marks -= {1}
| nested["set"] &= {1, 2}
arrays | <array>[0] = <int>
| <array>[...] = 9
| <array>[1:] += <int>
| <array>.sort()
| <array>.fill(<int>)
| np.negative(arr, out=arr)
| np.add(arr, 1, out=arr)
| np.multiply(grid, 2, out=grid)
| arr[arr > 1] = 0
| grid[...] *= 2
| <floats>.T[0] = <int>
| np.copyto(arr, <int>)
| np.put(arr, [0], [9])
| arr.shape = (2, 3);;arr.shape = (6,)
| cols *= 3
| view[:] = 5
| arr.setflags(write=False);;arr.setflags(write=True)
| arr.byteswap(inplace=True)
| np.random.default_rng(1).shuffle(arr)
| np.fill_diagonal(grid, <int>)
| arr.partition(2)
| arr.flat[1] = <int>
| np.ndarray.sort(arr)
| arr[:3], arr[3:] = arr[3:].copy(), arr[:3].copy()
structured | rec["n"] = <int>
| rec[1]["n"] = 5
| rec["o"][0] = <list>;;rec["o"][0].append(1)
| row["n"] = <int>
| row["o"] = <list>
| objs[2] = <value>
| objs[0].append(<value>);;objs[1]["a"] = 2
| rec.sort(order="n")
| rec[0], rec[1] = rec[1].copy(), rec[0].copy()
| field[:] = <int>
dataclasses | point.x += <int>
| point.tags.append(<value>)
| point.tags += [<value>]
| point.inner = <value>
| dataclasses.replace(point, x=2).tags.append(1)
| Point(<int>).tags.append(<value>)
| object.__setattr__(fixed, "values", [<value>])
| fixed.values.append(<value>)
| measured.volts.append(1);;measured.name = "n"
| dataclasses.asdict(measured)["volts"].append(1)
| Point.__init__(point, 5)
| dataclasses.fields(point)[0].type
| point.__dict__["x"] = <value>
attributes | node.value = <int>
| node.links += [<value>]
| simple.y += 1;;simple.z = <value>
| slotted.b = <value>
| slotted.a.append(<value>)
| setattr(node, "extra", <value>)
| delattr(simple, "y") if hasattr(simple, "y") else None
| vars(point)["z"] = <value>
| vars(node).update(y=<value>)
| object.__setattr__(node, "value", <int>)
| node.first = <value>
| node.first
| node.calc
| guard.level = <int>
| guard.level += 1
| bump.calls = [<value>]
| for point.x in range(3):;;    made.append(point.x)
| volts.note = <value>
| nested["deep"], point.inner = <list>, <dict>
classes | Node.made.append(<value>)
| Node.extra = <value>
| type(point).y = <value>
| point.__class__.x = 5
| <class>.fresh = <list>
| setattr(<class>, "more", <value>)
| <class>.mark = lambda self: made.append(self)
| Node.link = lambda self, other: other;;node.link(1)
| Meta.kinds.append(1)
| Registered.log += [1]
| Volts.unit.append(<value>)
| type(node).made = [<value>]
| class Mine(Node):;;    extra = made;;    made.append(1);;Mine(1).link(2)
| class Mine(Stack):;;    kept = Stack.kept;;Mine().push(<value>)
| class Mine(Registered): pass
| class Mine(Base, shape=1): pass
| node.__class__ = Other_;;node.link(<value>)
| Point.tags_of = property(lambda self: self.tags);;point.tags_of.append(1)
| Square.area(square)
| Node.__init__(node, 1)
| Base.kinds.clear()
| del Node.made;;Node.made = []
| Shape.register(Node)
functions | bump()
| bump(<int>)
| step()
| step(7)
| make(1)()
| swap()
| set_fresh(<value>)
| recorded(<value>)
| push(<value>)
| link(<value>)
| part()
| cached(<int>)
| cached.cache_clear()
| kind(<int>)
| kind("a")
| wreck(<list>)
| wreck(<dict>)
| wreck(<plain>)
| wreck(<array>)
| Node.new()
| Node.note()
| Stack().push(<value>)
| square.area()
| helper.note(<key>)
| Shelf().put(<value>)
| defaults(<int>)
| keeps()
| adder(<int>)()
| recorded(<value>)
| bump.__defaults__ = (2,)
| bump.__kwdefaults__["seen"].append(1)
| Node.note.__defaults__[0].append(2)
| bump.__globals__["total"] = 5
| step.__closure__[0].cell_contents = <int>
| list(generated(<int>))
| [*map(bump, range(3))]
| sorted(<numbers>, key=lambda one: made.append(one) or 0)
| functools.reduce(lambda a, b: a.append(b) or a, [1, 2], <list>)
| functools.partial(made.append, <value>)()
| functools.partial(bump, 2, seen=made)()
| counted()
names | total = <int>
| total += 1
| total -= 1;;made.append(total)
| made = <list>;;made.append(1)
| made += [<value>]
| data = list(<list>)
| other = dict(<dict>)
| a, *b = [1, *alias];;b.append(a)
| x = y = made;;x += y
| data, alias = alias, data;;data.append(1);;data, alias = alias, data
| del arr
| for total in [1, 2]: pass
| for data in [[1], [2]]:;;    data.append(1)
| with context() as total: made.append(total)
| import HELPER as helper;;helper.count = <int>
| <name> = <value>
| global total;;total = <int>
| def f():;;    global total, made;;    total = [1];;    made = [<value>];;f()
| def f():;;    global total;;    total = 1;;    del total;;f();;total = 0
| def f(x=made):;;    x.append(1);;    return [y for y in x];;f()
| def f():;;    got = [made];;    def g():;;        nonlocal got;;        got = got[0].append(1);;    g();;f()
| (lambda: made.append(1))()
| (lambda x=<list>: x.append(1))()
dynamic | exec("total = 5")
| exec("made.append(3)")
| exec("def f():\\n global total\\n total = 7\\nf()")
| exec("total = 1", globals())
| exec(compile("data.append(1)", "x", "exec"))
| eval("made.append(3)")
| eval("bump(1)", globals())
| eval("made.__iadd__([1])")
| globals()["total"] = <value>
| globals().update(total=<int>)
| globals()["made"].append(<value>)
| globals().setdefault("total", 1)
| locals()["total"] = 5
| locals()["made"].append(1)
| vars()["total"] = 1
| vars(helper)["count"] = <int>
| vars(Node).get("made").append(1)
| Node.__dict__["made"].append(1)
| getattr(made, "append")(<value>)
| type(made).append(made, <value>)
| setattr(helper, "count", <int>)
| __import__("HELPER").table.clear()
| type.__setattr__(Node, "value", 3)
| object.__delattr__(node, "value");;node.value = 1
modules | helper.count += 1
| helper.table["n"] = <value>
| import HELPER;;HELPER.table["m"] = <value>
| from HELPER import *;;table["x"] = count
| from HELPER import Shelf as S;;S().put(<value>)
| sys.modules["HELPER"].count = <int>
| sys.modules["HELPER"].table["s"] = <value>
| sys.modules[__name__].total = <int>
| sys.modules.pop("HELPER", None)
| importlib.import_module("HELPER").count = 9
| from importlib import import_module as i;;i("HELPER").table["i"] = 1
| import sys as s;;vars(s.modules["HELPER"])["count"] = 3
| del helper.count;;helper.count = 1
| Shelf.books = [<value>]
| helper.note.__globals__["count"] = 4
collections | <deque>.append(<value>)
| <deque>.appendleft(<value>)
| <deque>.rotate(1)
| dq.extend([1, 2])
| dq[0] = <value>
| [one.append(<value>) for one in dq if type(one) is list]
| [one.clear() for one in (*dq, *users, *od.values(), *chain.values()) if type(one) is list]
| ct.update("abc")
| ct["a"] += 1
| ct.subtract("a")
| od.move_to_end("b")
| od["c"] = <value>
| dd["new"].append(<value>)
| dd.default_factory = dict
| chain["n"] = <value>
| chain.maps[1]["n"] = <value>
| chain.new_child()["z"] = 1
| simple.x.append(<value>)
| pair.a.append(<value>);;pair.b["n"] = 1
| pair._replace(a=1)[1]["k"] = 2
| nums.append(<int>)
| nums[0] = <int>
| nums.extend([1]);;nums.reverse()
| users.data.append(<value>)
| userd["k"] = <value>
memory | raw[0] = <int>
| mem[0] = 65
| mem[:2] = b"zz"
| memoryview(raw)[1] = 66
| memoryview(arr)[0] = 3
| memoryview(nums)[1:][0] = 3
| np.frombuffer(raw, "u1")[0] = 7
| np.asarray(mem)[0] = 8
| spare += b"x"
| spare.extend(b"yz");;spare.pop()
| every[0] = 4
| text.write("x");;text.seek(0)
| text.read()
| octets.write(b"y")
iterators | next(it, None)
| next(counter)
| next(cycle)
| list(<iterator>)
| list(zip(it, <list>))
| next(keys_at, None)
| sum(len(one) for one in [<list>, <list>])
| list(itertools.islice(cycle, 3))
| list(itertools.islice(counter, 3))
| rng.random()
| rng.shuffle(<list>)
| dice.random()
| dice.shuffle(arr)
| random.Random(1).shuffle(<list>)
weak | ref().tags.append(<value>)
| proxy.links.append(<value>)
| proxy.value = <int>
| weak["q"] = node
| weak["p"].tags.append(1)
| weak.pop("p", None)
| weakset.discard(node)
| weakref.ref(point)().x = 3
| weakref.proxy(node).value = 4
| for one in list(weakset):;;    one.links.append(<value>)
operator | operator.setitem(<dict>, <key>, <value>)
| operator.iadd(<list>, [<value>])
| operator.iconcat(<list>, [1])
| operator.delitem(<list>, slice(4, None))
| operator.methodcaller("append", <value>)(<list>)
| operator.attrgetter("tags")(point).append(1)
| operator.itemgetter("a")(table).append(<value>)
| operator.ior(<set>, {5})
| operator.setitem(arr, 0, <int>)
| operator.itemgetter(0)(alias).append(1)
flow | for one in [<list>, <list>]:;;    one.append(<value>)
| for key, one in list(<dict>.items()):;;    made.append(key)
| while len(made) < 12:;;    made.append(1)
| match table:;;    case {"a": found}:;;        found.append(1)
| match point:;;    case Point(x=_, tags=got):;;        got.append(<value>)
| match data:;;    case [*every_one]:;;        every_one.append(1)
| with context() as one:;;    one.append(<value>)
| with contextlib.suppress(KeyError):;;    table.pop("never")
| try:;;    1 / 0;;except ZeroDivisionError as total:;;    made.append(1)
| try:;;    raise Fault("x", made);;except Fault as exc:;;    exc.where.append(exc.count.append(1))
| try:;;    fail(<value>);;except ValueError:;;    <list>.append(1)
| try:;;    <list>.append(1);;finally:;;    made.append(2)
| error.where.append(1);;error.note = <value>
| error.args[0].append(<value>)
| [(one := made).append(1) for _ in range(2)]
| [last := one for one in [<list>, <list>]];;last.append(1)
| {key: table.setdefault(key, [1]) for key in ["a", "w"]}
| [made := [one] for one in range(2)]
| [nested["list"][0:0] for nested["z"] in [[1]]]
| {one.append(<value>) for one in (data, made, bag)}
| if (got := made):;;    got.append(1)
| assert made.append(1) is None
| async def f(): made.append(1)
| lambda: made.append(1)
| table["a"][0:0], made[0:0] = [<value>], [1]
| *data[0:0], data[5:] = [1],;;data.append(2)
descriptors | guard.level = 3
| Guard.level.log.append(1)
| vars(Guard)["level"].log.append(2)
| type(guard).level.__set__(guard, 4)
| guard.level;;Guard.seen.append(1)
| del guard.level
| Guard.level = 5
| Node.first.fget(node)
| Node.calc.func(node)
| Stack.push(stack, <value>)
| super(Square, square).area
"""
RARE = """
rebound | data = 5
| del made
| table = None
| Node = None
| helper = None
| del nums, raw
| forget()
| bump.__code__ = set_zero.__code__;;bump()
| bump = None
| arr = grid
wrong | <list>.pop(99)
| <dict>["never"]["x"] = 1
| <list>.sort()
| <plain>.append(<value>)
| <dict> += 1
| <value>.x = 1
| made[0][0] = 1
| 1 / 0
| delattr(<plain>, "x")
| next(iter([]))
| arr.resize((99, 99))
| raw.append(1)
| fixed.values = 1
| [*map(wreck, alias)]
| vars(<plain>).clear()
| alias.clear();;made.clear();;table.clear()
"""
RARE_SHARE = 0.06
WRAPPED = (  # around a statement of one line
    "for _ in range(2):\n    {}",
    "def f():\n    {}\nf()",
    "if True:\n    {}",
    "try:\n    {}\nfinally:\n    made.append(1)",
    "class Around:\n    {}",
    "with context():\n    {}",
)
WRAPPED_SHARE = 0.15


def _parsed(text):
    found, kind = [], ""
    for line in text.strip().splitlines():
        name, _, template = line.partition("| ")
        kind = name.strip() or kind
        found.append((kind, template.replace("HELPER", HELPER).replace(";;", "\n")))
    return found


USUAL, ODD = _parsed(TEMPLATES), _parsed(RARE)
CHOICES = {kind: re.findall(r"\S+", text) for kind, text in KINDS.items()}
CHOSEN = re.compile(r"<(\w+)>")
DEEPEST = 3


class Statements:
    """Makes statements, always the same for one seed; knows which kinds it has made."""

    def __init__(self, seed):
        self._random = random.Random(seed)
        self._deck = []  # of templates: each comes once before one comes again

    def statement(self):
        """Give a kind, and a statement of it."""
        pick = self._random
        if not self._deck:
            self._deck = pick.sample(USUAL, len(USUAL))
        kind, template = pick.choice(ODD) if pick.random() < RARE_SHARE else self._deck.pop()
        source = self._filled(template, 0)
        simple = "\n" not in source and not source.startswith(("global", "import", "from"))
        if simple and pick.random() < WRAPPED_SHARE and not re.match(r"[\w, ]+ [-+|&*]?= |del |for |class ", source):
            source = pick.choice(WRAPPED).format(source)
        return kind, source

    def data(self):
        """Give a list and a dict of plain data."""
        return [self._plain(2) for _ in range(3)], {key: self._plain(2) for key in ("a", "b")}

    def nested(self):
        """Give whether the next script pauses in a function."""
        return self._random.random() < 0.5

    def _filled(self, template, depth):
        def one(found):
            choices = CHOICES[found[1]]
            plain = [choice for choice in choices if "<" not in choice]
            return self._filled(self._random.choice(choices if depth < DEEPEST else plain), depth + 1)

        return CHOSEN.sub(one, template)

    def _plain(self, depth):
        pick = self._random
        kind = pick.randrange(8 if depth else 4)
        if kind < 4:
            return pick.choice([0, 1, -2, "", "a", 2.5, True, None])
        inside = [self._plain(depth - 1) for _ in range(pick.randrange(3))]
        keys = zip("abc", inside, strict=False)
        return [inside, dict(keys), tuple(inside), {1, 2, pick.randrange(5)}][kind - 4]
