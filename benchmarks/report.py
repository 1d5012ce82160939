"""Keep the results of a run: ``results.json``, and the tables of both READMEs made from it."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.findings import Finding, figure

HERE: Final = Path(__file__).parent
RESULTS: Final = HERE / "results.json"
HEADS: Final = {
    "README.md": "| | measured | goal | |",
    "README.zh-CN.md": "| 项目 | 实测 | 目标 | |",
}
VERDICTS: Final = {"README.md": {"met": "met", "missed": "**missed**"},
                   "README.zh-CN.md": {"met": "达到", "missed": "**未达到**"}}  # fmt: skip
BEGIN, END = "<!-- results -->\n", "<!-- end of results -->"


def record(found: Sequence[Finding], parts: Sequence[str], machine: str) -> None:
    """Write the figures of these parts in place of those that were there."""
    kept: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for part in parts:
        kept[part] = {
            "measured": machine,
            "figures": [
                {
                    "what": one.what,
                    "value": float(f"{one.value:.3g}"),
                    "unit": one.unit,
                    "goal": one.bound,
                    "verdict": one.verdict.lower(),
                }
                for one in found
                if one.part == part
            ],
        }
    RESULTS.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
    for name in HEADS:
        path = HERE / name
        before, _, rest = path.read_text().partition(BEGIN)
        after = rest.partition(END)[2]
        path.write_text(f"{before}{BEGIN}{_tables(kept, name)}{END}{after}")


def _tables(results: Mapping[str, Any], name: str) -> str:
    lines = []
    for part, kept in results.items():
        lines += [f"\n**{part}** ({kept['measured']})\n", HEADS[name], "|---|---:|---|---|"]
        lines += [
            f"| {row['what']} | {figure(row['value'])} {row['unit']} | {row['goal']} "
            f"| {VERDICTS[name].get(row['verdict'], '')} |"
            for row in kept["figures"]
        ]
    return "\n".join(lines) + "\n"
