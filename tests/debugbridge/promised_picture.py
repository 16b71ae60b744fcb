"""A picture of everything that a script sees. No test."""

import array
import collections
import functools
import io
import itertools
import random
import types
import weakref

import numpy as np
from promised_script import HELPER_NAME, NAME


class Picture:
    """What a script sees: everything that its names lead to, and which of it is the same thing."""

    def __init__(self, *roots):
        self.kept, self.seen, self._waiting = {}, [], list(roots)
        while self._waiting:
            one = self._waiting.pop()
            if id(one) not in self.kept:
                self.kept[id(one)] = one
                self.seen.append((id(one), type(one).__name__, *self._of(one)))

    def __eq__(self, other):
        return self.seen == other.seen

    def __hash__(self):
        raise TypeError("a picture changes")

    def differs(self, other):
        """Tell the first difference."""
        for mine, theirs in zip(self.seen, other.seen, strict=False):
            if mine != theirs:
                return f"{self.kept[mine[0]]!r:.200}: {mine[1:]!r:.300} became {theirs[1:]!r:.300}"
        return f"{len(self.seen)} things became {len(other.seen)}"

    def _of(self, one):
        """Give what is directly in a thing: values themselves, everything else by its id."""
        if isinstance(one, type):
            inside = [*one.__bases__, *_pairs(vars(one)), type(one)] if _ours(one.__module__) else []
        elif isinstance(one, types.ModuleType):
            inside = _pairs(vars(one)) if _ours(one.__name__) else []
        elif isinstance(one, types.FunctionType):
            inside = _function(one) if _ours(one.__module__) or one.__closure__ else []
        else:
            inside = self._value(one)
        return [self._token(part) for part in inside]

    def _value(self, one):
        for kinds, parts in PARTS:
            if isinstance(one, kinds):
                return [*parts(one), *_attributes(one)]
        return _attributes(one) if _ours(type(one).__module__) else []

    def _token(self, part):
        if isinstance(part, int | float | str | bytes | None) and type(part).__module__ == "builtins":
            return repr(part)
        self._waiting.append(part)
        return id(part)


def _ours(name):
    return name in (NAME, HELPER_NAME)


def _pairs(names):
    hidden = ("__builtins__", "__warningregistry__", "_abc_impl", "__weakref__", "__dict__")
    return [part for name, one in list(names.items()) if name not in hidden for part in (name, one)]


def _function(one):
    cells = [cell.cell_contents for cell in one.__closure__ or ()]
    attributes = [vars(one), one.__annotations__] if _ours(one.__module__) else []
    return [one.__code__, one.__defaults__, one.__kwdefaults__, *cells, *attributes]


def _attributes(one):
    if isinstance(one, type(weak_example)):
        return []
    slots = [
        value
        for cls in type(one).__mro__
        if _ours(cls.__module__)
        for name in cls.__dict__.get("__slots__", ())
        for value in (name, getattr(one, name, "empty"))
    ]
    return [*slots, *_pairs(getattr(one, "__dict__", {}))]


weak_example = weakref.WeakValueDictionary()
PARTS = [
    (weakref.WeakValueDictionary, lambda one: _pairs(dict(one))),
    (weakref.ref, lambda one: [one()]),
    (collections.OrderedDict, _pairs),
    (collections.defaultdict, lambda one: [one.default_factory, *_pairs(one)]),
    (collections.ChainMap, lambda one: one.maps),
    (types.SimpleNamespace, lambda one: []),
    (types.MappingProxyType, _pairs),
    (dict, lambda one: _pairs(dict(dict.items(one)))),
    (collections.deque, lambda one: [one.maxlen, *one]),
    (list | tuple, lambda one: list(type(one).__mro__[-2].__iter__(one))),
    (set | frozenset, list),
    (array.array, lambda one: [one.tobytes()]),
    (bytearray, lambda one: [bytes(one)]),
    (memoryview, lambda one: [one.tobytes(), one.obj]),
    (np.ndarray, lambda one: [str(one.dtype), str(one.shape), str(one.flags), *_cells(one)]),
    (np.void, lambda one: [one["n"].tobytes(), one["o"]]),
    (BaseException, lambda one: [one.args, one.__cause__, one.__context__]),
    (weakref.WeakSet, list),
    (io.StringIO, lambda one: [one.getvalue(), one.tell()]),
    (io.BytesIO, lambda one: [one.getvalue(), one.tell()]),
    (random.Random, lambda one: [repr(one.getstate())]),
    (np.random.Generator, lambda one: [repr(one.bit_generator.state)]),
    (functools.partial, lambda one: [one.func, *one.args, *_pairs(one.keywords)]),
    (types.MethodType, lambda one: [one.__func__, one.__self__]),
    (types.BuiltinMethodType, lambda one: [one.__self__]),
    (staticmethod | classmethod, lambda one: [one.__func__]),
    (property, lambda one: [one.fget, one.fset]),
    (functools.cached_property, lambda one: [one.func]),
    (type(functools.lru_cache(print)), lambda one: [repr(one.cache_info()), one.__wrapped__]),
    (type(iter([])), lambda one: [repr(one.__length_hint__())]),
    (type({}.keys()), list),
    (type({}.items()), lambda one: _pairs(dict(one))),
    (itertools.count, lambda one: [repr(one)]),
]


def _cells(one):
    if one.dtype.names:
        return [part for name in one.dtype.names for part in _cells(one[name])]
    return list(one.flat) if one.dtype.hasobject else [one.tobytes()]
