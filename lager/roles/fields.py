"""What an instrument says of itself has attributes, and can be used as a dict as well."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec


class Fields(msgspec.Struct, frozen=True):
    """A structure that gives its values by name, too: `state["voltage"]`, `state.get("voltage")`, `dict(state)`."""

    def __getitem__(self, name: str) -> Any:
        if name not in self.__struct_fields__:
            raise KeyError(name)
        return getattr(self, name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.__struct_fields__)

    def __len__(self) -> int:
        return len(self.__struct_fields__)

    def __contains__(self, name: object) -> bool:
        return name in self.__struct_fields__

    def keys(self) -> tuple[str, ...]:
        """Give the names."""
        return self.__struct_fields__

    def values(self) -> tuple[Any, ...]:
        """Give the values."""
        return tuple(getattr(self, name) for name in self.__struct_fields__)

    def items(self) -> tuple[tuple[str, Any], ...]:
        """Give names and values, two and two."""
        return tuple(zip(self.keys(), self.values(), strict=True))

    def get(self, name: str, default: Any = None) -> Any:
        """Give a value, or `default` where there is none of that name."""
        return getattr(self, name) if name in self.__struct_fields__ else default
