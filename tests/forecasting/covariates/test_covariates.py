"""Covariates ride along with the target, whatever is cut, joined or stored."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal

from rnnforecast.forecasting import NaiveForecaster, Standardize
from rnnforecast.forecasting.covariates.rows import as_row
from rnnforecast.forecasting.covariates.static import static_values, with_static
from rnnforecast.forecasting.files import pack, unpack
from rnnforecast.forecasting.panels.answers import to_data
from rnnforecast.forecasting.panels.reading import as_panel
from rnnforecast.forecasting.streams.updating import select
from rnnforecast.forecasting.transforms.per_series import _series

NAMES = ["price", "count", "open", "weather", "shop", "note"]


def table(spans, rng):
    """A long frame with covariates of all kinds; `spans` gives the days of each series."""
    days = pd.date_range("2024-01-01", periods=30, freq="D")
    parts = []
    for name, (start, stop) in spans.items():
        n = stop - start
        parts.append(
            pd.DataFrame(
                {
                    "unique_id": name,
                    "ds": days[start:stop],
                    "y": rng.normal(size=n),
                    "price": rng.normal(size=n).astype(np.float32),
                    "count": rng.integers(0, 9, n),
                    "open": rng.random(n) < 0.5,
                    "weather": pd.Categorical(rng.choice(["sun", "rain"], n), categories=["rain", "sun"]),
                    "shop": f"shop of {name}",
                    "note": pd.array(rng.choice(["x", "y"], n), dtype="string"),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


@pytest.fixture
def frame(rng):
    return table({"a": (0, 12), "b": (3, 20), "c": (5, 9)}, rng)


def read(frame, **words):
    return as_panel(frame, covariates=NAMES, **words)


def assert_carries(panel, rows):
    """The panel has exactly these rows of the frame."""
    assert_array_equal(panel.values, rows.y)
    assert_frame_equal(panel.columns, rows[NAMES].reset_index(drop=True))
    assert isinstance(panel.columns.index, pd.RangeIndex)


def test_columns_as_they_came(frame):
    before = frame.copy()
    shuffled = frame.sample(frac=1, random_state=0)
    for data in (frame, shuffled):
        panel = read(data)
        assert_carries(panel, frame)
    panel.columns.loc[0, "price"] = 99
    assert_frame_equal(frame, before)
    assert as_panel(frame).columns is None
    assert_frame_equal(to_data(read(frame)), frame)


def test_single_series_without_a_name(frame):
    own = frame[frame.unique_id == "b"].drop(columns="unique_id")
    assert_carries(read(own), own)


def test_what_is_cut_and_chosen(frame):
    panel = read(frame)
    groups = [own for _, own in frame.groupby("unique_id")]
    assert_carries(panel.truncate(2), pd.concat([own[:-2] for own in groups]))
    assert_carries(panel.tail(5), pd.concat([own[-5:] for own in groups]))
    assert_carries(panel.without_first(3), pd.concat([own[3:] for own in groups]))
    assert_carries(panel.from_end(1, 2), pd.concat([own[-3:-1] for own in groups]))
    assert_carries(select(panel, np.array([2, 0])), pd.concat([groups[2], groups[0]]))
    assert_carries(select(panel, np.array([1])), groups[1])
    assert_carries(_series(panel, np.array([True, False, True])), pd.concat([groups[0], groups[2]]))
    assert_carries(select(panel, np.array([1])).truncate(4), groups[1][:-4])
    assert panel.with_values(panel.values * 2).columns is panel.columns


def test_a_copy_shares_nothing(frame):
    panel = read(frame)
    copy = panel.copy()
    assert_carries(copy, frame)
    copy.columns.loc[0, "price"] = 99
    assert panel.columns.price[0] != 99


def test_without_covariates_no_frame_is_made(frame):
    panel = as_panel(frame)
    for part in (panel.truncate(1), panel.copy(), select(panel, np.array([0, 1])), panel.tail(2)):
        assert part.columns is None


def test_transforms_keep_them(frame):
    panel = read(frame)
    assert_frame_equal(Standardize().fit(panel)[1].columns, panel.columns)


def test_panels_are_stored(frame):
    panel, arrays = read(frame), {}
    again = unpack(pack(panel, "context_", arrays), arrays)
    assert_carries(again, frame)
    arrays.clear()
    packed = pack(as_panel(frame), "context_", arrays)
    assert unpack(packed, arrays).columns is None
    broken = pack(panel, "context_", arrays)
    broken["own"][1]["columns"] = pack(panel.columns[:3], "columns", arrays)
    with pytest.raises(ValueError, match="must have a row for each"):
        unpack(broken, arrays)


class Carrying(NaiveForecaster):
    """A forecaster that keeps the covariates it is told of."""

    def _context_length(self):
        return 4

    def _as_panel(self, data, **words):
        return as_panel(data, **words) if "like" in words else read(data, **words)


def test_update_joins_them(frame, rng):
    first = frame[frame.ds < "2024-01-08"]
    later = frame[frame.ds >= "2024-01-08"]
    model = Carrying(2).fit(first)
    model.update(later)
    whole = Carrying(2).fit(frame).context_
    assert_array_equal(model.context_.values, whole.values)
    assert_frame_equal(model.context_.columns, whole.columns)
    new = table({"d": (0, 6)}, rng).assign(weather=pd.Categorical(["sun", "snow"] * 3))
    model.update(new)
    joined = model.context_.columns
    assert list(joined.weather.cat.categories) == ["rain", "sun", "snow"]
    assert joined.weather[-4:].tolist() == ["sun", "snow", "sun", "snow"]
    assert joined.weather[:4].tolist() == whole.columns.weather[:4].tolist()
    with pytest.raises(ValueError, match=r"column 'price' of data holds labels; in the training data it held numbers"):
        model.update(new.assign(unique_id="e", price="dear"))
    with pytest.raises(ValueError, match=r"data must have one column 'price' \(a covariate\)"):
        model.update(new.assign(unique_id="e").drop(columns="price"))


def test_ordered_categories_do_not_grow(frame, rng):
    ordered = pd.CategoricalDtype(["rain", "sun"], ordered=True)
    model = Carrying(2).fit(frame.astype({"weather": ordered}))
    model.update(table({"d": (0, 6)}, rng))  # the same words
    assert model.context_.columns.weather.dtype == ordered
    with pytest.raises(ValueError, match="'snow', which is not among its ordered categories"):
        model.update(table({"e": (0, 6)}, rng).assign(weather=pd.Categorical(["snow"] * 6)))


@pytest.mark.parametrize("zone", [None, "Europe/Berlin"])
def test_streams_take_them(frame, zone):
    frame = frame.assign(ds=frame.ds.dt.tz_localize(zone))
    own = frame[frame.unique_id == "b"]
    model = Carrying(2).fit(frame[(frame.unique_id != "b") | (frame.ds < own.ds.iloc[8])])
    stream = model.stream("b")
    for _, row in own[8:].iterrows():
        stream.update(row.y, row[NAMES])
        stream.forecast()
        newest = stream._newest()
        expected = own[own.ds <= row.ds][-4:]
        assert_array_equal(newest.values, expected.y)
        assert_array_equal(newest.times, expected.ds)
        assert_frame_equal(newest.columns, expected[NAMES].reset_index(drop=True))
    row = dict(row[NAMES])
    with pytest.raises(TypeError, match="x must be a dict with the covariates"):
        stream.update(1.0)
    with pytest.raises(ValueError, match=r"it lacks \['price'\]"):
        stream.update(1.0, {key: value for key, value in row.items() if key != "price"})
    for name, bad in {"price": np.nan, "count": "3", "open": 1, "weather": None, "shop": np.nan}.items():
        with pytest.raises(ValueError, match=rf"x\['{name}'\]=.* must be one of the"):
            stream.update(1.0, row | {name: bad})
    assert len(stream._values) == 4
    assert stream.n_updates == len(own) - 8


@pytest.mark.parametrize(
    "given, kept",
    [
        (pd.array([1, 2, 3], dtype="Int64"), np.array([1.0, 2, 3])),
        (pd.Series([1, 2.5, 3], dtype=object), np.array([1.0, 2.5, 3])),
        (pd.Series([True, False, True], dtype=object), np.array([True, False, True])),
        (pd.array([True, False, True], dtype="boolean"), np.array([True, False, True])),
        (np.array([1, 2, 3], dtype=np.int8), np.array([1, 2, 3], dtype=np.int8)),
    ],
)
def test_types_that_become_plain(given, kept):
    columns = as_panel(pd.DataFrame({"ds": [1, 2, 3], "y": 0.0, "x": given}), covariates=["x"]).columns
    assert columns.x.dtype == kept.dtype
    assert_array_equal(columns.x, kept)


@pytest.mark.parametrize("text", [pd.Series(list("abc"), dtype=object), pd.array(list("abc"), dtype="string")])
def test_text_stays_text(text):
    columns = as_panel(pd.DataFrame({"ds": [1, 2, 3], "y": 0.0, "x": text}), covariates=["x"]).columns
    assert columns.x.tolist() == list("abc")


def test_columns_of_arrow():
    pytest.importorskip("pyarrow")
    data = pd.DataFrame({"ds": [1, 2, 3], "y": 1.0, "n": [1, 2, 3], "t": list("abc"), "b": [True, False, True]})
    names, arrays = ["n", "t", "b"], {}
    panel = as_panel(data.convert_dtypes(dtype_backend="pyarrow"), covariates=names)
    assert panel.columns.to_dict("list") == data[names].to_dict("list")
    assert_frame_equal(unpack(pack(panel, "context_", arrays), arrays).columns, panel.columns)


# ---- bad input -------------------------------------------------------------------------------------------------------


def test_names_that_do_not_serve(frame):
    with pytest.raises(ValueError, match=r"data must have one column 'wind' \(a covariate\); its columns are"):
        as_panel(frame, covariates=["price", "wind"])
    with pytest.raises(ValueError, match="covariates has 'price' twice"):
        as_panel(frame, covariates=["price", "count", "price"])
    for role, name in {"id_col": "unique_id", "time_col": "ds", "target_col": "y"}.items():
        with pytest.raises(ValueError, match=f"covariates has '{name}', which is the {role}"):
            as_panel(frame, covariates=[name])
    with pytest.raises(TypeError, match="covariates must be a list of column names; got 'price'"):
        as_panel(frame, covariates="price")
    with pytest.raises(ValueError, match=r"data is a Series, which has no covariates \['price'\]"):
        as_panel(frame.set_index("ds").y[:5], covariates=["price"])
    twice = pd.concat([frame, frame[["price"]]], axis=1)
    with pytest.raises(ValueError, match="must have one column 'price'"):
        as_panel(twice, covariates=["price"])


@pytest.mark.parametrize(
    "bad, word", [(np.nan, "NaN"), (np.inf, "infinite"), (-np.inf, "infinite")], ids=["nan", "inf", "-inf"]
)
def test_numbers_that_are_not_finite(frame, bad, word):
    frame.loc[[14, 16], "price"] = bad
    message = rf"column 'price' of data has 2 {word} values, the first in series 'b' at 2024-01-06 00:00:00"
    with pytest.raises(ValueError, match=message):
        read(frame)
    if word == "infinite":
        with pytest.raises(ValueError, match=message):
            read(frame, allow_missing=True)
    else:
        assert read(frame, allow_missing=True).columns.price.isna().sum() == 2


@pytest.mark.parametrize("name", ["open", "weather", "shop", "note"])
def test_labels_and_booleans_that_are_missing(frame, name):
    frame[name] = frame[name].astype("boolean" if name == "open" else frame[name].dtype)
    frame.loc[14, name] = None
    for allow_missing in (False, True):
        with pytest.raises(ValueError, match=rf"column '{name}' of data has 1 missing values, the first in series 'b'"):
            read(frame, allow_missing=allow_missing)


@pytest.mark.parametrize(
    "values", [[1j, 2j], pd.to_datetime(["2024-01-01", "2024-01-02"]), pd.to_timedelta([1, 2], "D"), [[1], [2]]]
)
def test_columns_that_are_no_covariates(values):
    data = pd.DataFrame({"ds": [1, 2], "y": 0.0, "x": pd.Series(values)})
    with pytest.raises(TypeError, match="column 'x' of data must hold numbers, booleans, text or categories; got"):
        as_panel(data, covariates=["x"])


# ---- static ----------------------------------------------------------------------------------------------------------


def test_static_values(frame):
    sizes = {"a": 1.5, "b": 2.5, "c": 3.5}
    frame = frame.assign(size=frame.unique_id.map(sizes), kind=pd.Categorical(frame.shop))
    panel = as_panel(frame.sample(frac=1, random_state=0), covariates=["size", "shop", "kind", "price"])
    values = static_values(panel, ["shop", "size", "kind"])
    first = frame.groupby("unique_id")[["shop", "size", "kind"]].first().reset_index(drop=True)
    assert_frame_equal(values, first)
    assert static_values(panel, []).shape == (3, 0)


def test_static_values_that_change_or_lack(frame):
    panel = read(frame)
    with pytest.raises(ValueError, match=r"static covariate 'price' is not constant in series 'a' \(and 2 more series"):
        static_values(panel, ["price"])
    with pytest.raises(ValueError, match="static covariate 'wind' is not among the covariates"):
        static_values(panel, ["wind"])
    frame["size"] = np.where(frame.unique_id == "b", np.nan, 1.0)
    with pytest.raises(ValueError, match="static covariate 'size' has no value in series 'b'"):
        static_values(as_panel(frame, covariates=["size"], allow_missing=True), ["size"])
    frame.loc[14, "size"] = 7.0
    values = static_values(as_panel(frame, covariates=["size"], allow_missing=True), ["size"])
    assert_array_equal(values["size"], [1.0, 7.0, 1.0])


def test_static_numbers_are_known_in_rows_that_were_inserted():
    days = pd.date_range("2024-01-01", periods=4, freq="D")
    frame = pd.DataFrame({"unique_id": list("aaaabbb"), "ds": days[[0, 1, 2, 3, 0, 1, 3]], "y": 1.0})
    frame["size"], frame["shop"] = [np.nan, 2, np.nan, 2, 5, 5, 5], list("xxxxyyy")
    panel = as_panel(frame, covariates=["size", "shop"], allow_missing=True)
    assert panel.columns["size"].isna().sum() == 3
    assert with_static(panel, ["size", "shop"]).columns["size"].tolist() == [2] * 4 + [5] * 4
    assert with_static(panel, ["shop"]) is panel
    with pytest.raises(ValueError, match="static covariate 'size' is not constant in series 'b'"):
        with_static(as_panel(frame.assign(size=np.arange(7.0) // 5), covariates=["size"], allow_missing=True), ["size"])


def test_numbers_of_one_row_may_be_missing_where_those_of_the_data_may():
    columns = pd.DataFrame({"price": [1.0], "open": [True], "shop": ["a"]})
    row = {"price": np.nan, "open": False, "shop": "b"}
    assert np.isnan(as_row(row, columns, allow_missing=True)["price"])
    with pytest.raises(ValueError, match=r"x\['price'\]=nan must be one of the numbers"):
        as_row(row, columns)
    for bad in ({"price": np.inf}, {"shop": None}, {"open": np.nan}):
        with pytest.raises(ValueError, match="must be one of the"):
            as_row(row | bad, columns, allow_missing=True)
