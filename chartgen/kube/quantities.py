"""Kubernetes quantities: which spellings are the same amount."""

from __future__ import annotations

import re

# Kubernetes keeps billionths, rounds finer amounts away from zero, and caps binary ones:
# https://github.com/kubernetes/apimachinery/blob/master/pkg/api/resource/quantity.go
NANO = -9
LARGEST_BINARY = (2**63 - 1) * 10**-NANO
# Kubernetes bounds neither digits nor exponent, and spends gigabytes on 1e999999999: what is longer is refused here
FORM = r"([+-]?)(?=\.?[0-9])([0-9]{0,999})(?:\.([0-9]{0,999}))?(?:([KMGTPE]i)|([numkMGTPE])|[eE]([+-]?0*[0-9]{1,3}))?"
DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
BINARY = {"": 0, "Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}


def parse(value: object) -> int | None:
    """The amount in billionths, rounded and capped as Kubernetes does it; None for what is not a quantity.

    A number counts as its JSON text: 0.5 as "0.5". At least one digit, as the documented grammar asks: the API server
    itself lets some texts without any, such as "k", pass as zero.
    """
    text = str(value).strip() if isinstance(value, str | int | float) else ""
    form = re.fullmatch(FORM, text)
    if form is None:
        return None
    sign, whole, fraction, binary, decimal, exponent = form.groups(default="")
    digits = int(f"0{whole}{fraction}") << BINARY[binary]
    scale = DECIMAL[decimal] + int(exponent or 0) - len(fraction) - NANO
    amount: int = digits * 10**scale if scale >= 0 else -(-digits // 10**-scale)
    if binary:
        amount = min(amount, LARGEST_BINARY)
    return -amount if sign == "-" else amount


def same_quantity(a: object, b: object) -> bool:
    """Whether both are quantities of the same amount: 1 and "1000m", "1Gi" and "1024Mi".

    Only for fields whose type is Quantity (`shapes`): elsewhere 80 and "80" are different values.
    """
    amount = parse(a)
    return amount is not None and amount == parse(b)
