"""What a source gives → the data of a Secret, or what is wrong with it: by name, never by value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from chartgen.config.forms import SECRET_KEY
from chartgen.config.model import SecretEntry
from chartgen.delivery import jsontexts
from chartgen.delivery.jsontexts import Pairs, Unfit

MAX_BYTES = 1024 * 1024
"""Of all values of a Secret together: https://kubernetes.io/docs/concepts/configuration/secret/#restriction-data-size"""
EXPORTED = "environmentVariables"
"""Where Pulumi ESC has what `--format shell` exports."""
MAX_STORED = 1_500_000
"""Of all that etcd keeps of an object, in base64, each key twice: once more with who has set it."""
CONCEALED = ("[secret]", "[unknown]")
"""What Pulumi ESC writes where it does not tell a value."""
ORDINALS = {1: "st", 2: "nd", 3: "rd"}
TEENS = range(11, 14)


class Data(dict[str, str]):
    """The values of a Secret by key; those show in no repr."""

    def __repr__(self) -> str:
        return f"Data of {', '.join(self)}"


class Content(NamedTuple):
    """What a Secret is to hold, or the `faults` for which it cannot be; `unused` are names that no key takes."""

    data: Data
    faults: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()


def content(entry: SecretEntry, text: bytes, *, is_esc: bool = False) -> Content:
    """Of a JSON object of strings; `is_esc`, of what an environment of Pulumi ESC is."""
    try:
        pairs = jsontexts.read(text)
        if entry.whole and not is_esc and not pairs:
            return Content(Data(), ("it is an empty object",))
        if entry.whole and not is_esc:
            return _measured(Data({entry.whole: text.decode("utf-8-sig")}), list(_repeated(pairs)))
    except Unfit as unfit:
        return Content(Data(), (f"it {unfit}",))
    faults: list[str] = []
    if is_esc:
        pairs = _of_esc(pairs, [*entry.keys.values()] or ([entry.whole] if entry.whole else []), faults)
    faults += _repeated(pairs)
    if entry.whole:
        return _whole_of_esc(entry, dict(pairs), faults)
    found = _by_key(entry, pairs, faults)
    known = {name for name, _ in pairs if SECRET_KEY.pattern.fullmatch(name)}
    unused = () if is_esc or not entry.keys else tuple(sorted(known - set(entry.keys.values())))
    return _measured(found, faults)._replace(unused=unused)


def _measured(data: Data, faults: list[str]) -> Content:
    values = sum(len(value.encode(errors="surrogatepass")) for value in data.values())
    keys = sum(map(len, data))
    if values > MAX_BYTES or values * 4 // 3 + 2 * keys > MAX_STORED:
        faults.append("it is larger than 1 MiB, which is the most that a Secret can hold")
    if not data and not faults:
        faults.append("it holds nothing to store")
    return Content(data, tuple(faults))


def _repeated(pairs: Pairs) -> Iterator[str]:
    """The second of two equal keys would win, and nobody would know."""
    seen: set[str] = set()
    told: set[str] = set()
    for place, (name, _) in enumerate(pairs, 1):
        if name in seen and name not in told:
            told.add(name)
            yield f"{_called(name, place)} is there twice"
        seen.add(name)


def _called(name: str, place: int) -> str:
    """A key by its name; by its place where it has no name's form, as it may be a line with a value in it."""
    if SECRET_KEY.pattern.fullmatch(name):
        return f"`{name}`"
    ending = "th" if place % 100 in TEENS else ORDINALS.get(place % 10, "th")
    return f"the {place}{ending} key"


def _of_esc(pairs: Pairs, names: list[str], faults: list[str]) -> Pairs:
    """The values of these names, or all that are exported where none is named.

    What `pulumi env set ENV NAME value` writes stands at the top.
    """
    top = dict(pairs)
    exported = top.get(EXPORTED, Pairs())
    if not isinstance(exported, Pairs):
        faults.append(f"its `{EXPORTED}` is {jsontexts.kind(exported)}, not an object")
        return Pairs()
    if not names:
        return exported
    below = dict(exported)
    faults += [
        f"`{name}` has one value at the top and another under `{EXPORTED}`: take one away, with `pulumi env rm`"
        for name in names
        if name in top and name in below and top[name] != below[name]
    ]
    return Pairs((name, {**top, **below}[name]) for name in dict.fromkeys(names) if name in top or name in below)


def _whole_of_esc(entry: SecretEntry, values: Mapping[str, object], faults: list[str]) -> Content:
    if entry.whole not in values:
        return Content(Data(), (*faults, f"it has no `{entry.whole}`"))
    value = values[entry.whole]
    fault = _fault(value, lines=True)
    if fault or not isinstance(value, str):
        advice = ": `fn::toJSON` makes it one" if isinstance(value, Pairs) else ""
        return Content(Data(), (*faults, f"`{entry.whole}` {fault}{advice}"))
    try:
        faults += _repeated(jsontexts.read(value.encode()))
    except Unfit as unfit:
        faults.append(f"`{entry.whole}` {unfit}")
    return _measured(Data({entry.whole: value}), faults)


def _by_key(entry: SecretEntry, pairs: Pairs, faults: list[str]) -> Data:
    values, places = dict(pairs), {name: place for place, (name, _) in reversed([*enumerate(pairs, 1)])}
    found, missing = Data(), []
    for key in entry.keys or dict.fromkeys((*entry.required, *values)):
        name = entry.keys.get(key, key)
        if name not in values:
            missing += [name if name == key else f"{name} (for {key})"] * (key in entry.required)
            continue
        called, value = f"`{name}`" if entry.keys else _called(name, places[name]), values[name]
        if not SECRET_KEY.pattern.fullmatch(key):
            faults.append(f"{called} {SECRET_KEY.fault}: {SECRET_KEY.hint}")
            continue
        fault = _fault(value, lines=key in entry.multiline)
        if fault:
            faults.append(f"{called} {fault}")
        found[key] = str(value)
    if missing:
        faults.append(f"it lacks {', '.join(missing)}")
    return found


def _fault(value: object, *, lines: bool) -> str:
    """What is wrong with a value, "" where nothing is; `lines`, it may have several."""
    if not isinstance(value, str) or isinstance(value, jsontexts.Number):
        return f"is {jsontexts.kind(value)}, not a string"
    ways = {
        "is empty": not value,
        "has nothing but blanks": bool(value) and not value.strip(),
        "has a zero byte": "\0" in value,
        "has half of a character, a lone surrogate": any("\ud800" <= each <= "\udfff" for each in value),
        "is not told by Pulumi ESC": value in CONCEALED,
    }
    fault = next((words for words, is_so in ways.items() if is_so), "")
    return fault if fault or lines else _lines_of(value)


def _lines_of(value: str) -> str:
    one = value.rstrip("\r\n")
    if "\n" in one or "\r" in one:
        return "has several lines: if it may, list it under `multiline`"
    return "" if one == value else "ends with a line end: take it off, or list the key under `multiline`"
