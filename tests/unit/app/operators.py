"""The tables of a page for operators, docs/SERVICE.md."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[3]


class Page:
    def __init__(self, service: str) -> None:
        self.text = (ROOT / "docs" / f"{service}.md").read_text()

    def rows(self, heading: str) -> list[list[str]]:
        """The cells of each row of the table under a heading."""
        section = self.text.split(f"\n## {heading}\n")[1].split("\n## ")[0]
        lines = [line for line in section.splitlines() if line.startswith("| `")]
        return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
