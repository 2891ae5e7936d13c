"""Many scenarios side by side: what went in, what came out, and what differs most from the baseline.

`comparison` runs them and holds the frames; `differences` says which number differs most, `summary` says it in words;
`tables` arranges what people read. The words are in `text.toml`.
"""

from bnsim.compare.comparison import Comparison, compare_scenarios, plain_inputs, set_of, told_apart

__all__ = ["Comparison", "compare_scenarios", "plain_inputs", "set_of", "told_apart"]
