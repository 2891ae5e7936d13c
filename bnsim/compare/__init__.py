"""Many scenarios side by side: what went in, what came out, and what differs most from the baseline.

`comparison` runs them and holds the frames; `differences` says which number differs most, `summary` says it in words;
`measures` says by how much, `view` in which order and what is left out, `against` what belongs to the one number that
varies; `tables` arranges what people read, and the same for a file. The words are in `text.toml`.
"""

from bnsim.compare.comparison import Comparison, compare_scenarios, plain_inputs, set_of, told_apart

__all__ = ["Comparison", "compare_scenarios", "plain_inputs", "set_of", "told_apart"]
