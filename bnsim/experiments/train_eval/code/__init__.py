"""The settings and the cells of the programs that do the same in code: a stream of batches and its averages."""

from bnsim.engine.theory.inference import treats_alone
from bnsim.experiment import CodeSettings, of_params, several
from bnsim.experiments.train_eval.params import TrainEvalParams


def settings(p: TrainEvalParams) -> CodeSettings:
    """Return the settings of a stream of batches; momentum is the weight of the new batch, whatever it is called."""
    rule, unit = p.rule, {"mean": p.mean, "std": p.std, "drift": p.drift}
    names = ("batch_size", "steps", "x", "inference_size", "gamma", "beta", "companion_sets", "seed")
    values = {**unit, **of_params(p, *names), "eps": p.used_eps, "new_weight": p.new_weight}
    values |= {"frozen_after": min(p.frozen_after, p.steps), "convention": rule.framework}
    facts = {
        "average": "cumulative" if p.new_weight is None else "exponential",
        "variance": "unbiased" if rule.unbiased else "biased",
        "size": several(p.batch_size),
        "moved": "no" if p.unmoved else "yes",
        "inference": several(p.inference_size),
        "alone": treats_alone(rule).value,
    }
    remarks = {"new_weight": "weight of the new batch in the running statistics; None averages all batches alike"}
    return CodeSettings(values, facts, remarks)
