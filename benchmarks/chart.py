"""Draw ``chart.svg`` from ``results.json``; run by the peers' environment, which has matplotlib."""

import json
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt

HERE = Path(__file__).parent
OURS, OTHERS, BARE = "#b45309", "#a8a29e", "#57534e"


def draw() -> None:
    """Draw two panels: requests beside the peers, and memory by the number of ended sessions."""
    results = json.loads((HERE / "results.json").read_text())
    # Text stays text, and the same figures give the same file.
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "tally", "font.size": 9})
    figure, (requests, memory) = plt.subplots(
        1, 2, figsize=(11, 4.2), width_ratios=(3, 2), layout="constrained"
    )
    rows = [row for row in results["requests"]["figures"] if row["unit"] == "× bare"][::-1]
    names, values = [row["what"] for row in rows], [row["value"] for row in rows]
    bars = requests.barh(names, values, color=list(map(colour, names)))
    requests.bar_label(bars, fmt="%.2f", padding=3)
    requests.set_title("Protected requests per second\n(bare Flask = 1)")
    requests.set_xlim(0, max(values) * 1.15)
    rows = [row for row in results["memory"]["figures"] if "ended" in row["what"]]
    counts = [int(row["what"].rpartition(" ")[2].replace(",", "")) for row in rows]
    taken = [row["value"] * count / 1e6 for row, count in zip(rows, counts, strict=True)]
    memory.loglog(counts, taken, "o-", color=OURS)
    for count, size in zip(counts, taken, strict=True):
        memory.annotate(
            f"{size:,.0f} MB", (count, size), xytext=(-6, 6), textcoords="offset points", ha="right"
        )
    memory.set_title("Memory of a worker\nby sessions ended within 15 minutes")
    memory.set_xlabel("sessions")
    memory.margins(x=0.15, y=0.1)
    for panel in (requests, memory):
        panel.spines[["top", "right"]].set_visible(False)
    figure.savefig(HERE / "chart.svg", metadata={"Date": None})


def colour(name: str) -> str:
    """Return who is who."""
    return OURS if name.startswith("Tiger Tally") else BARE if name.startswith("bare") else OTHERS


if __name__ == "__main__":
    draw()
