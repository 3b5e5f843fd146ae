import numpy as np
import pytest

from rnnforecast.forecasting.uncertainty import check_level, check_quantiles, level_columns, quantile_columns
from rnnforecast.metrics.columns import read_columns


@pytest.mark.parametrize(
    "level, expected",
    [(None, ()), (80, (80,)), (97.5, (97.5,)), ([95, 80, 95], (80, 95)), ((50,), (50,)), (np.float32(90), (90,))],
)
def test_levels(level, expected):
    assert check_level(level) == expected


@pytest.mark.parametrize("level", [0, 100, -5, 100.1, [80, 150], float("nan"), float("inf")])
def test_levels_out_of_range(level):
    with pytest.raises(ValueError, match=r"level=.* must lie between 0 and 100"):
        check_level(level)


@pytest.mark.parametrize("level", ["80", ["80"], True, [None], 80j])
def test_levels_of_a_wrong_type(level):
    with pytest.raises(TypeError, match="level must hold numbers between 0 and 100"):
        check_level(level)


def test_a_fraction_is_not_a_percentage():
    with pytest.raises(ValueError, match=r"level=0.95 must be in percent: 95 for 0.95"):
        check_level(0.95)


def test_columns():
    assert level_columns("RNN", 80) == ("RNN-lo-80", "RNN-hi-80")
    assert level_columns("RNN", 97.5) == ("RNN-lo-97.5", "RNN-hi-97.5")


def test_no_two_levels_share_a_name():
    assert level_columns("RNN", 99.99999) == ("RNN-lo-99.99999", "RNN-hi-99.99999")
    assert level_columns("RNN", 80.0) == level_columns("RNN", np.float32(80))


@pytest.mark.parametrize(
    "quantiles, expected",
    [(None, ()), (0.5, (0.5,)), ([0.9, 0.1, 0.9], (0.1, 0.9)), (np.array([0.2, 0.1]), (0.1, 0.2)), ((), ())],
)
def test_quantiles(quantiles, expected):
    assert check_quantiles(quantiles) == expected


@pytest.mark.parametrize("quantiles", [0, 1, -0.1, 1.5, 100, [0.1, 0], float("nan"), float("inf")])
def test_quantiles_out_of_range(quantiles):
    with pytest.raises(ValueError, match=r"quantiles=\S+ must lie between 0 and 1, both left out"):
        check_quantiles(quantiles)


def test_a_percentage_is_no_quantile():
    with pytest.raises(ValueError, match=r"quantiles=97.5 must lie between 0 and 1, both left out: 0.975 for 97.5"):
        check_quantiles([0.5, 97.5])


@pytest.mark.parametrize("quantiles", ["0.1", ["0.1"], True, [None], 0.1j, object(), [[0.1, 0.9]]])
def test_quantiles_of_a_wrong_type(quantiles):
    with pytest.raises(TypeError, match="wanted must hold numbers between 0 and 1; got"):
        check_quantiles(quantiles, "wanted")


def test_columns_of_quantiles():
    assert quantile_columns("RNN", (0.1, 0.5, 0.975)) == ["RNN-q0.1", "RNN-q0.5", "RNN-q0.975"]
    assert quantile_columns("RNN", check_quantiles(np.array([0.1], dtype=np.float32))) == ["RNN-q0.1"]


def test_columns_are_those_that_the_metrics_read():
    quantiles = (0.00001, 0.1, 0.9)
    (parts,) = read_columns(["RNN", *quantile_columns("RNN", quantiles), *level_columns("RNN", 50)]).values()
    assert list(parts.quantiles.values()) == [*quantiles, 0.25, 0.75]
