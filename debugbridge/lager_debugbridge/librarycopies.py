"""How values of the standard library are copied through which a console would reach the script's own data.

Views, proxies, weak references and iterators lead to what lies below them; descriptors hold the script's functions.
What is not listed here, and has no rule in `copiers`, is shared.
"""

from __future__ import annotations

import functools
import gc
import io
import itertools
import sys
import types
import warnings
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from lager_debugbridge.memorycopies import memory

_Rule = Callable[[Any], Any]
_ITERATED: tuple[Any, ...] = (
    *((), [], "", "ä", b"", bytearray(), range(0), range(1 << 70), {}, set()),
    *({}.values(), {}.items()),
)
ITERATORS: tuple[type, ...] = (
    *(type(iter(one)) for one in _ITERATED),
    *(type(reversed([])), type(reversed({})), reversed, enumerate, zip, map, filter),
    *(itertools.count, itertools.cycle, itertools.repeat, itertools.chain, itertools.islice, itertools.starmap),
    *(itertools.takewhile, itertools.dropwhile, itertools.accumulate, itertools.zip_longest, itertools.compress),
    *(itertools.product, itertools.permutations, itertools.combinations, type(iter(int, 1))),
    *(type(itertools.tee(())[0]), getattr(itertools, "_tee_dataobject", itertools.count)),
)
VIEWS: dict[type, tuple[Any, str]] = {
    type(getattr(base(), name)()): (base, name) for base in (dict, OrderedDict) for name in ("keys", "values", "items")
}


class Copier(Protocol):
    """What copies for one snapshot."""

    def copy(self, value: Any) -> Any:
        """Give the copy of a value, or the value itself where it is shared."""

    def remember(self, value: Any, copied: Any) -> Any:
        """Take note of a copy before what is in it is copied."""

    def attributes(self, value: Any, made: Any) -> Any:
        """Copy what a value has as an instance of its class, into its copy."""

    def room(self, value: Any) -> None:
        """Make sure that there is room for a copy."""

    def put(self, keys: list[Any], step: Callable[[], Any]) -> None:
        """Put in what is hashed, when it is whole."""


def rules(copier: Copier) -> dict[type, _Rule]:
    """Give the rule for each of these types."""
    by = _Copies(copier)
    return {
        **dict.fromkeys(ITERATORS, by.iterator),
        **dict.fromkeys(VIEWS, by.view),
        types.MappingProxyType: by.mapping_proxy,
        memoryview: functools.partial(memory, copier),
        weakref.ref: by.reference,
        weakref.WeakMethod: by.weak_method,
        weakref.ProxyType: by.proxy,
        weakref.CallableProxyType: by.proxy,
        weakref.WeakSet: by.weak_set,
        weakref.WeakKeyDictionary: by.weak_mapping,
        weakref.WeakValueDictionary: by.weak_mapping,
        functools.cached_property: by.cached_property,
        functools.partialmethod: by.partial_method,
        functools.singledispatchmethod: by.dispatching_method,
        io.StringIO: by.text_in_memory,
        io.BytesIO: by.text_in_memory,
    }


def random_numbers(value: Any) -> Any:
    """Copy a `random.Random`: what a console draws of it, the script does not miss."""
    made = type(value)()
    made.setstate(value.getstate())
    return made


class _Copies:
    def __init__(self, copier: Copier) -> None:
        self._copy, self._remember, self._put = copier.copy, copier.remember, copier.put

    def iterator(self, value: Any) -> Any:
        """Copy an iterator: it says itself of what it is made, and how far it is."""
        try:
            make, parts, *state = _quietly(value.__reduce__)
        except TypeError:  # of `itertools`, from Python 3.14 on: it tells nobody
            return value
        made = make(*map(self._copy, parts))
        if state and state[0] is not None:
            _quietly(made.__setstate__, self._copy(state[0]))
        return made

    def view(self, value: Any) -> Any:
        base, name = VIEWS[type(value)]
        below = _below(value)
        copied = self._copy(below)
        return value if copied is below else getattr(base, name)(copied)

    def mapping_proxy(self, value: Any) -> Any:
        below = _below(value)
        copied = self._copy(below)
        return value if copied is below else types.MappingProxyType(copied)

    def reference(self, value: Any) -> Any:
        below = value()
        copied = self._copy(below)
        return value if copied is below else weakref.ref(copied)

    def weak_method(self, value: Any) -> Any:
        below = value()
        copied = self._copy(below)
        return value if copied is below else weakref.WeakMethod(copied)

    def proxy(self, value: Any) -> Any:
        try:
            below = value.__dir__.__self__
        except (ReferenceError, AttributeError):  # what it is of has gone, or hides
            return value
        copied = self._copy(below)
        return value if copied is below else weakref.proxy(copied)

    def weak_set(self, value: Any) -> Any:
        made = self._remember(value, weakref.WeakSet())
        items = [self._copy(one) for one in list(value)]
        self._put(items, lambda: made.update(items))
        return made

    def weak_mapping(self, value: Any) -> Any:
        made = self._remember(value, type(value)())
        pairs = [(self._copy(key), self._copy(item)) for key, item in list(value.items())]
        self._put([key for key, _ in pairs], lambda: made.update(pairs))
        return made

    def cached_property(self, value: Any) -> Any:
        made: Any = functools.cached_property(self._copy(value.func))
        made.attrname = value.attrname
        return made

    def partial_method(self, value: Any) -> Any:
        named = {name: self._copy(one) for name, one in value.keywords.items()}
        return functools.partialmethod(self._copy(value.func), *map(self._copy, value.args), **named)

    def dispatching_method(self, value: Any) -> Any:
        made = functools.singledispatchmethod.__new__(functools.singledispatchmethod)
        made.dispatcher, made.func = self._copy(value.dispatcher), self._copy(value.func)
        return made

    def text_in_memory(self, value: Any) -> Any:
        if value.closed:
            return value
        made = type(value)()
        made.__setstate__(value.__getstate__())
        return made


def _quietly(does: Callable[..., Any], *given: Any) -> Any:
    """Ask an iterator of itself: Python 3.12 and 3.13 warn of that, and a script may have its warnings raised."""
    if type(does.__self__).__module__ != "itertools" or not (3, 12) <= sys.version_info < (3, 14):  # type: ignore[attr-defined]
        return does(*given)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return does(*given)


def _below(view: Any) -> Any:
    """Give what a view or a proxy is of: it has that, and nothing else."""
    below: Iterable[Any] = gc.get_referents(view)
    return next(iter(below))
