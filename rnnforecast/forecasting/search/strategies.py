"""Which settings a search tries: all of a grid, a random sample, the survivors of rounds, or what Optuna proposes."""

from collections.abc import Sequence
from importlib import import_module

import numpy as np
from sklearn.model_selection import ParameterGrid, ParameterSampler

from rnnforecast.forecasting.search.candidates import rank_key

FACTOR = 3  # of the candidates of a round of halving, one in three goes on, with three times the windows


def grid(space, trials, n_iter, rng):
    """Run every combination.

    Parameters
    ----------
    space : dict or list of dict
        Lists of values by the name of the parameter.
    trials : Trials
    n_iter : int
        Not used, as `rng`.
    rng : RandomState
    """
    trials.run([trials.add(params) for params in ParameterGrid(space)])


def random(space, trials, n_iter, rng):
    """Run a sample.

    Parameters
    ----------
    space : dict or list of dict
        Lists of values, or distributions with a method `rvs`.
    trials : Trials
    n_iter : int
        Candidates; fewer where all are lists that have fewer combinations.
    rng : RandomState
    """
    trials.run(_sample(space, trials, n_iter, rng))


def halving(space, trials, n_iter, rng):
    """Run a sample in the newest window, the best third of it in three times as many, and so on up to all windows.

    Parameters
    ----------
    space, trials, n_iter, rng : object
        As for `random`.
    """
    rounds = [len(trials.rules.drops)]
    if rounds[0] < 2:
        raise ValueError("search='halving' needs n_windows=2 or more; its rounds differ in the number of windows")
    while rounds[0] > 1:
        rounds.insert(0, -(-rounds[0] // FACTOR))
    alive = _sample(space, trials, n_iter, rng)
    for n_windows in rounds:
        trials.run(alive, n_windows)
        alive = sorted(alive, key=rank_key)[: -(-len(alive) // FACTOR)]


def optuna(space, trials, n_iter, rng):
    """Run one candidate after another, each proposed by Optuna's TPE from the scores before it.

    Parameters
    ----------
    space : dict
        Lists of values, or distributions of Optuna.
    trials : Trials
    n_iter : int
    rng : RandomState
    """
    try:
        package = import_module("optuna")
    except ImportError as error:
        raise ImportError("search='optuna' needs Optuna: pip install rnnforecast[optuna]") from error
    distributions, values = _optuna_space(package, space)
    level = package.logging.get_verbosity()
    package.logging.set_verbosity(package.logging.WARNING)  # else it writes a line per candidate
    try:
        study = package.create_study(sampler=package.samplers.TPESampler(seed=rng.randint(2**31 - 1)))
        for _ in range(n_iter):
            proposal = study.ask(distributions)
            chosen = {name: values[name][x] if name in values else x for name, x in proposal.params.items()}
            candidate = trials.add(chosen)
            trials.run([candidate])
            if np.isnan(candidate.mean):
                study.tell(proposal, state=package.trial.TrialState.FAIL)
            else:
                study.tell(proposal, candidate.mean)
    finally:
        package.logging.set_verbosity(level)


SEARCHES = {"grid": grid, "random": random, "halving": halving, "optuna": optuna}


def settings_of(spaces, without=()):
    """Return all combinations of some spaces, where all values are listed.

    Parameters
    ----------
    spaces : list of dict
    without : sequence of str, default=()
        Parameters that are left out.

    Returns
    -------
    iterable of dict
        Empty where there are distributions.
    """
    kept = [{name: values for name, values in space.items() if name not in without} for space in spaces]
    listed = all(isinstance(values, Sequence | np.ndarray) for space in kept for values in space.values())
    return ParameterGrid(kept) if listed else ()


def _sample(space, trials, n_iter, rng):
    """Candidates of a random sample, without repetition where all are lists."""
    parts = [space] if isinstance(space, dict) else space
    if not any(hasattr(values, "rvs") for part in parts for values in part.values()):
        n_iter = min(n_iter, len(ParameterGrid(space)))
    return [trials.add(params) for params in ParameterSampler(space, n_iter, random_state=rng)]


def _optuna_space(package, space):
    """Distributions by name, and the values of those that stand for the numbers of a list."""
    if not isinstance(space, dict):
        raise TypeError("param_distributions must be one dict for search='optuna'; got a list")
    distributions, values = {}, {}
    for name, given in space.items():
        if isinstance(given, package.distributions.BaseDistribution):
            distributions[name] = given
        elif isinstance(given, list | tuple | np.ndarray) and len(given):
            # Optuna stores no lists or objects, so it chooses a position.
            distributions[name] = package.distributions.CategoricalDistribution(range(len(given)))
            values[name] = list(given)
        else:
            raise TypeError(
                f"param_distributions[{name!r}] must be a list of values or a distribution of Optuna for "
                f"search='optuna'; got {given!r}"
            )
    return distributions, values
