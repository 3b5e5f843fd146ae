import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from panels_support import panel_of, split

from rnnforecast.forecasting import Deseasonalize
from rnnforecast.forecasting.panels.reading import as_panel

STAMPS = {
    "ME": pd.date_range("2020-01-31", periods=60, freq="ME"),
    "B": pd.date_range("2020-01-01", periods=60, freq="B"),
    "W-WED": pd.date_range("2020-01-01", periods=60, freq="W-WED"),
    "D with zone": pd.date_range("2020-03-01", periods=60, freq="D", tz="Europe/Berlin"),
    "h with zone": pd.date_range("2020-03-28", periods=60, freq="h", tz="Europe/Berlin"),
    "30min": pd.date_range("2020-03-28", periods=60, freq="30min"),
    "2h": pd.date_range("2020-03-28 01:00", periods=60, freq="2h"),
    "months of the 5th": pd.date_range("2020-01-05", periods=60, freq=pd.DateOffset(months=1)),
    "period": pd.period_range("2020-01", periods=60, freq="M"),
    "integer": pd.RangeIndex(7, 67),
    "integer by 3": pd.RangeIndex(-10, 170, 3),
}


def classical(values, season, model):
    """The seasonal numbers by place after the first row, as a textbook has them."""
    half, n, places = season // 2, len(values), [[] for _ in range(season)]
    weights = np.ones(season) if season % 2 else np.r_[0.5, np.ones(season - 1), 0.5]
    for t in range(half, n - half):
        trend = (weights * values[t - half : t + half + 1]).sum() / season
        places[t % season].append(values[t] / trend if model == "multiplicative" else values[t] - trend)
    means = np.array([np.mean(place) for place in places])
    return means / means.mean() if model == "multiplicative" else means - means.mean()


@pytest.mark.parametrize("season", [2, 3, 4, 7])
@pytest.mark.parametrize("model", ["additive", "multiplicative"])
def test_matches_the_classical_decomposition(season, model, rng):
    lengths = {"a": 2 * season, "b": 2 * season + 1, "c": 3 * season + 2, "d": 50}
    panel = panel_of(**{name: rng.gamma(9.0, size=n) for name, n in lengths.items()})
    state, transformed = Deseasonalize(season, model).fit(panel)
    for i, (own, without) in enumerate(zip(split(panel), split(transformed), strict=True)):
        expected = classical(own, season, model)
        assert_allclose(state["season"][i], expected, rtol=1e-12, atol=1e-12)
        pattern = expected[np.arange(len(own)) % season]
        assert_allclose(without, own / pattern if model == "multiplicative" else own - pattern, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("model", ["additive", "multiplicative"])
def test_a_season_on_a_line_is_taken_out(model):
    """And forecasts that go on as the line does continue season and line."""
    t = np.arange(40.0)
    season = np.array([3.0, -1.0, -2.0, 0.5, -0.5])
    line = 20 + 0.3 * t if model == "additive" else np.full(40, 20.0)
    season = season if model == "additive" else 1 + season / 10
    whole = line + np.tile(season, 8) if model == "additive" else line * np.tile(season, 8)
    panel = panel_of(a=whole[:33])
    state, without = Deseasonalize(5, model).fit(panel)
    assert_allclose(without.values, line[:33])
    assert_allclose(Deseasonalize(5, model).invert(state, line[None, 33:], panel), whole[None, 33:])


@pytest.mark.parametrize("stamps", STAMPS)
def test_the_season_follows_the_stamps(stamps):
    """Newer rows, tails and other starts of series all find their place again."""
    index = STAMPS[stamps]
    season = np.array([5.0, 1.0, -2.0, -4.0])
    values = pd.Series(np.tile(season, 15), index=index)
    freq = 3 if stamps == "integer by 3" else None
    transform = Deseasonalize(4)
    state, _ = transform.fit(as_panel(values[9:35], freq=freq))
    for part in (values, values[:9], values[3:5], values[40:], values[58:]):
        panel = as_panel(part, freq=freq) if len(part) > 2 else as_panel(values, freq=freq).tail(2)
        assert_allclose(transform.apply(state, panel).values, 0.0, atol=1e-12)
        at = index.get_loc(panel.times[-1]) + 1
        expected = season[np.arange(at, at + 6) % 4]
        assert_allclose(transform.invert(state, np.zeros((1, 6)), panel)[0], expected, atol=1e-12)
        assert_allclose(transform.invert(state, np.zeros((1, 6, 2)), panel)[0, :, 1], expected, atol=1e-12)


def test_series_that_start_anywhere_share_the_places():
    months = STAMPS["ME"]
    season = np.tile(np.arange(12.0) - 5.5, 5)
    parts = {"a": slice(0, 60), "b": slice(7, 40), "c": slice(20, 45)}
    frames = [pd.DataFrame({"unique_id": i, "ds": months[p], "y": 9 + season[p]}) for i, p in parts.items()]
    state, without = Deseasonalize().fit(as_panel(pd.concat(frames)))
    assert_allclose(state["season"], [np.arange(12) - 5.5] * 3, atol=1e-12)
    assert_allclose(without.values, 9.0)
    earlier = as_panel(pd.concat([frames[0].assign(unique_id="new"), frames[1].iloc[-5:]]))
    updated = Deseasonalize().update(state, earlier)
    assert_array_equal(updated["season"][:3], state["season"])
    assert_allclose(updated["season"][3], np.arange(12) - 5.5, atol=1e-12)
    assert_allclose(Deseasonalize().apply(state, earlier).values, 9.0)


@pytest.mark.parametrize("model", ["additive", "multiplicative"])
@pytest.mark.parametrize("constant", [0.1, 1e300, 1e-300])
def test_a_constant_series_has_no_season(model, constant):
    _, without = Deseasonalize(4, model).fit(panel_of(a=[constant] * 9, b=np.arange(1.0, 12.0)))
    assert_allclose(split(without)[0], constant, rtol=1e-14)


def test_a_series_of_zeros():
    assert_array_equal(Deseasonalize(4).fit(panel_of(a=np.zeros(9)))[1].values, 0.0)


def test_numbers_near_the_largest_float():
    values = 1e308 * np.array([1.0, 0.5, 0.2, 0.4] * 3)
    for model in ("additive", "multiplicative"):
        panel = panel_of(a=values)
        state, without = Deseasonalize(4, model).fit(panel)
        assert_allclose(without.values, 0.525e308, rtol=1e-12)
        assert_allclose(Deseasonalize(4, model).invert(state, without.last(4), panel), panel.last(4), rtol=1e-12)


def test_bad_input():
    with pytest.raises(ValueError, match=r"series 'b' has 7 rows; Deseasonalize\(season_length=4\) needs at least 8"):
        Deseasonalize(4).fit(panel_of(a=np.arange(8.0), b=np.arange(7.0)))
    state, _ = Deseasonalize(4).fit(panel_of(a=np.arange(8.0)))
    with pytest.raises(ValueError, match=r"series 'b' has 7 rows; Deseasonalize\(season_length=4\) needs at least 8"):
        Deseasonalize(4).apply(state, panel_of(a=np.arange(2.0), b=np.arange(7.0)))
    with pytest.raises(
        ValueError, match=r"series 'a' has the value 0 at 0; Deseasonalize\(model='multiplicative'\) nee"
    ):
        Deseasonalize(4, "multiplicative").fit(panel_of(a=np.arange(8.0)))
    with pytest.raises(ValueError, match=r"freq='1' has no season; give season_length"):
        Deseasonalize().fit(panel_of(a=np.arange(8.0)))
    months = [pd.Series(np.arange(12.0), pd.date_range(day, periods=12, freq=pd.DateOffset(months=1)))
              for day in ("2020-01-05", "2021-01-07")]  # fmt: skip
    state, _ = Deseasonalize(4).fit(as_panel(months[0]))
    with pytest.raises(ValueError, match="the stamps do not lie on the same calendar"):
        Deseasonalize(4).apply(state, as_panel(months[1]))
    for bad in (1, 0, -3, 4.0, True, "year"):
        with pytest.raises(ValueError, match=r"season_length=.* must be None or an int of at least 2"):
            Deseasonalize(bad)
    with pytest.raises(ValueError, match="model='log' must be 'additive' or 'multiplicative'"):
        Deseasonalize(4, "log")
