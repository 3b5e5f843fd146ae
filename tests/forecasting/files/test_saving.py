import datetime
import json
import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal, assert_index_equal
from sklearn.exceptions import NotFittedError

from rnnforecast import RNNForecaster
from rnnforecast.forecasting import Chain, Difference, Log, MovingSeason, NaiveForecaster, Standardize, Transform
from rnnforecast.forecasting.files import pack, unpack
from rnnforecast.network import files

N, H = 40, 3
HOURS = pd.date_range("2024-03-29", periods=N, freq="h", tz="Europe/Berlin")
STAMPS = {
    "datetime": pd.date_range("2015-01-01", periods=N, freq="MS", name="month"),
    "time zone": HOURS,
    "fixed zone": HOURS.tz_convert(datetime.timezone(datetime.timedelta(hours=1), "CET")),
    "utc seconds": HOURS.tz_convert("UTC").as_unit("s"),
    "months apart": pd.date_range("2015-01-31", periods=N, freq=pd.DateOffset(months=1)),
    "holidays": pd.date_range("2024-01-01", periods=N, freq=pd.offsets.CustomBusinessDay(holidays=["2024-01-02"])),
    "shop hours": pd.date_range("2024-01-01 09:00", periods=N, freq="bh"),
    "periods": pd.period_range("2015-01", periods=N, freq="Q-NOV"),
    "range": pd.RangeIndex(5, 5 + 2 * N, 2),
    "integers": pd.Index(np.arange(N, dtype=np.int32)),
}
IDS = {
    "text": ["a", "größe", "c"],
    "integers": [3, 1, 2],
    "floats": [0.5, 1.5, 2.5],
    "booleans": [True, False],
    "dates": pd.to_datetime(["2024-01-01", "2023-01-01"]),
    "categories": pd.Categorical(["b", "a"], categories=["b", "a", "z"], ordered=True),
    "nullable": pd.array([3, 1, 2], dtype="Int64"),
    "objects": pd.Series([("a", 1), ("b", 2)], dtype=object),
}


def wave(index=None, n=N):
    return pd.Series(10 + np.sin(np.arange(n) / 2), index=index, name="sales")


def frame(ids):
    parts = [
        wave().rename("y").to_frame().assign(ds=np.arange(N), y=lambda rows, i=i: rows["y"] * (i + 1))
        for i in range(len(ids))
    ]
    names = pd.Series(ids, name="unique_id").repeat(N).reset_index(drop=True)
    return pd.concat([names, pd.concat(parts, ignore_index=True)], axis=1)


def small(**given):
    words = {"input_size": 6, "cell_type": "elman", "hidden_size": 4, "max_iter": 2, "random_state": 0}
    return RNNForecaster(H, **words | given)


def again(forecaster, path):
    forecaster.save(path)
    return type(forecaster).load(path)


def assert_same_forecasts(loaded, forecaster, level=80, **words):
    expected, answer = (model.predict(level=level, **words) for model in (forecaster, loaded))
    assert_frame_equal(answer, expected, check_exact=True)
    assert getattr(answer.index, "freq", None) == getattr(expected.index, "freq", None)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "forecaster.npz"


def header_of(path):
    with np.load(path) as archive:
        return json.loads(archive["header"].tobytes())


def rewrite(path, change):
    """Write the archive with another header, and arrays that fit it."""
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files if name != "header"}
    header = header_of(path)
    change(header, arrays)
    header["arrays"] = {name: {"shape": list(a.shape), "dtype": a.dtype.str} for name, a in arrays.items()}
    np.savez(path, header=np.frombuffer(json.dumps(header).encode(), np.uint8), **arrays)


# What is saved is loaded


@pytest.mark.parametrize("kind", STAMPS)
def test_stamps_of_all_kinds(kind, path):
    y = wave(STAMPS[kind])
    forecaster = NaiveForecaster(H).fit(y)
    loaded = again(forecaster, path)
    assert_same_forecasts(loaded, forecaster)
    assert_same_forecasts(loaded, forecaster, new_df=y[:-2])
    times, expected = loaded.context_.times, forecaster.context_.times
    assert (type(times), times.dtype, times.name) == (type(expected), expected.dtype, expected.name)
    assert_array_equal(times, expected)
    assert loaded.freq_ == forecaster.freq_
    assert loaded.context_.answer == forecaster.context_.answer


@pytest.mark.parametrize("kind", IDS)
def test_names_of_all_kinds(kind, path):
    forecaster = NaiveForecaster(H).fit(frame(IDS[kind]))
    loaded = again(forecaster, path)
    assert_same_forecasts(loaded, forecaster)
    assert_index_equal(loaded.context_.ids, forecaster.context_.ids, exact=True)


@pytest.mark.parametrize("kind", ["string", "large_string", "int64"])
def test_names_of_pyarrow(kind, path):
    pyarrow = pytest.importorskip("pyarrow")
    dtype = pd.ArrowDtype(pyarrow.type_for_alias(kind))
    forecaster = NaiveForecaster(H).fit(frame(pd.Series([1, 2] if kind == "int64" else ["1", "2"], dtype=dtype)))
    loaded = again(forecaster, path)
    assert_same_forecasts(loaded, forecaster)
    assert loaded.predict()["unique_id"].dtype == dtype


@pytest.mark.parametrize("method", ["last", "seasonal", "drift", "mean"])
def test_baselines(method, path):
    forecaster = NaiveForecaster(H, method=method, season_length=4).fit(frame(["a", "b"]))
    assert_same_forecasts(again(forecaster, path), forecaster)
    assert sorted(vars(again(forecaster, path))) == sorted(vars(forecaster))


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"strategy": "recursive", "hidden_size": (4, 3), "window_scaler": None},
        {"target_transform": ["log", Difference(2)], "freq": "MS"},
        {"target_transform": MovingSeason(4, n_seasons=2), "freq": "MS"},
        {
            "target_transform": Chain((Log(offset=1.0), Standardize())),
            "series_scaler": None,
            "freq": pd.offsets.MonthBegin(),
        },
        {"target_transform": ("log1p", "deseasonalize", "boxcox"), "n_init": 2},
    ],
)
def test_networks(words, path):
    forecaster = small(**words).fit(wave(STAMPS["datetime"]))
    loaded = again(forecaster, path)
    assert_same_forecasts(loaded, forecaster)
    assert_same_forecasts(loaded, forecaster, new_df=wave(STAMPS["datetime"])[:-4] * 2)
    assert repr(loaded) == repr(forecaster)
    assert loaded.get_params() == forecaster.get_params()
    assert sorted(vars(loaded)) == sorted(vars(forecaster))
    assert loaded.loss_curve_ == forecaster.loss_curve_
    loaded.fit(wave(STAMPS["datetime"]))
    assert_same_forecasts(loaded, forecaster)


def test_a_panel(path):
    data = frame(["a", "b", "c"])
    forecaster = small(target_transform="log").fit(data)
    loaded = again(forecaster, path)
    assert_same_forecasts(loaded, forecaster)
    assert_same_forecasts(loaded, forecaster, new_df=data.assign(unique_id=data["unique_id"].replace("a", "new")))


def test_without_intervals(path):
    forecaster = small(intervals=None).fit(wave())
    loaded = again(forecaster, path)
    assert loaded.residuals_ is None
    assert_array_equal(loaded.predict(), forecaster.predict())


def test_the_same_forecaster_gives_the_same_bytes(path):
    again(small().fit(wave()), path).save(path.with_name("again"))
    assert path.with_name("again").read_bytes() == path.read_bytes()


def test_numpy_opens_the_file_without_pickle(path):
    forecaster = small().fit(wave())
    forecaster.save(path)
    with np.load(path, allow_pickle=False) as archive:
        assert_array_equal(archive["thetas_.0"], forecaster.thetas_[0])
        assert_array_equal(archive["context_.values"], forecaster.context_.values)
        assert all(archive[name].dtype != object for name in archive.files)


def test_a_class_of_the_user(path):
    class Mine(NaiveForecaster):
        pass

    forecaster = Mine(H).fit(wave())
    assert_same_forecasts(again(forecaster, path), forecaster)
    with pytest.raises(ValueError, match="kind='Mine'; NaiveForecaster is needed"):
        NaiveForecaster.load(path)


@pytest.mark.parametrize(
    "value",
    [
        None, True, 3, -0.5, float("inf"), "text", [1, (2, [])], {"a": {1: (None,)}}, np.float32(0.1), np.int16(3),
        np.float64(0.1), np.bool_(True), np.datetime64("2024-01-01", "D"), np.timedelta64(3, "h"),
        pd.Timestamp("2024-01-01", tz="Europe/Berlin"), pd.Timestamp("2024-01-01").as_unit("s"), pd.Period("2024Q1"),
        pd.Timedelta("3h"), pd.offsets.Week(), pd.offsets.Week(weekday=2), pd.offsets.QuarterEnd(2, startingMonth=2),
        pd.offsets.CustomBusinessHour(start="08:00", holidays=["2024-01-01"]), pd.offsets.MonthEnd(normalize=True),
        pd.offsets.FY5253(startingMonth=2, weekday=1, variation="last"), datetime.time(9, 30), Difference(3),
        pd.offsets.BusinessDay(offset=pd.Timedelta("1h")),
    ],
)  # fmt: skip
def test_values(value):
    arrays = {}
    loaded = unpack(json.loads(json.dumps(pack(value, "value", arrays), allow_nan=False)), arrays)
    assert type(loaded) is type(value)
    assert loaded == value


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6.0).reshape(2, 3), np.array(["a", None, 3, (1, 2)], dtype=object), np.empty((0, 2)),
        np.array(["2024-01-01", "NaT"], "M8[s]"),
    ],
)  # fmt: skip
def test_arrays(array):
    arrays = {}
    loaded = unpack(json.loads(json.dumps(pack({"größe": [array, array]}, "x", arrays))), arrays)["größe"]
    for one in loaded:
        assert one.dtype == array.dtype
        assert_array_equal(one, array)


def test_pickle_of_a_loaded_forecaster(path):
    forecaster = small().fit(frame(["a", "b"]))
    assert_same_forecasts(pickle.loads(pickle.dumps(again(forecaster, path))), forecaster)


# What cannot be saved


class Double(Transform):
    def apply(self, state, panel):
        return panel.with_values(panel.values * 2)

    def invert(self, state, forecasts, panel):
        return forecasts / 2


@pytest.mark.parametrize("transform", [Double(), ["log", Double()], Chain((Double(),))])
def test_a_transform_of_the_user(transform, path):
    forecaster = small(target_transform=transform).fit(wave())
    with pytest.raises(TypeError, match=r"target_transform.* cannot be saved: Double is a Transform that is not of"):
        forecaster.save(path)
    assert not path.exists()
    assert pickle.loads(pickle.dumps(forecaster)).predict().equals(forecaster.predict())


def test_a_generator(path):
    forecaster = small(random_state=np.random.RandomState(0)).fit(wave())
    with pytest.raises(TypeError, match="random_state cannot be saved: it is a generator"):
        forecaster.save(path)


@pytest.mark.parametrize("name", [object(), float])
def test_a_name_that_is_an_object(name, path):
    y = wave()
    y.name = name
    with pytest.raises(TypeError, match="target_col cannot be saved"):
        NaiveForecaster(H).fit(y).save(path)


def test_a_time_zone_without_a_name(path):
    dateutil = pytest.importorskip("dateutil.tz")
    zone = dateutil.tzoffset("here", 3600)
    with pytest.raises(TypeError, match=r"context_.times cannot be saved: its time zone .*Europe/Berlin"):
        NaiveForecaster(H).fit(wave(HOURS.tz_convert(zone))).save(path)


def test_not_fitted(path):
    with pytest.raises(NotFittedError):
        small().save(path)


# Files that are not what they should be


@pytest.fixture
def saved(path):
    NaiveForecaster(H).fit(frame(["a", "b"])).save(path)
    return path


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.9, 0.999])
def test_a_file_cut_short(saved, share):
    content = saved.read_bytes()
    saved.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ValueError, match=r"forecaster\.npz"):
        NaiveForecaster.load(saved)


def test_damaged_bytes(saved):
    content, messages = saved.read_bytes(), []
    for place in range(0, len(content), max(1, len(content) // 60)):
        broken = bytearray(content)
        broken[place] ^= 0xFF
        saved.write_bytes(bytes(broken))
        try:
            loaded = NaiveForecaster.load(saved)
        except ValueError as error:
            messages.append(str(error))
        else:  # a byte that means nothing, such as padding
            loaded.predict(level=80)
    assert len(messages) > 40
    assert all("forecaster.npz" in message for message in messages)


@pytest.mark.parametrize("content", [b"", b"hello", pickle.dumps({"a": 1})])
def test_foreign_files(path, content):
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"forecaster\.npz is not an \.npz archive"):
        NaiveForecaster.load(path)


def test_an_archive_of_something_else(path):
    np.savez(path, a=np.arange(3))
    with pytest.raises(ValueError, match=r"forecaster\.npz.*not written by rnnforecast"):
        NaiveForecaster.load(path)
    with pytest.raises(FileNotFoundError):
        NaiveForecaster.load(path.with_name("none"))


def test_another_class(saved):
    with pytest.raises(ValueError, match=r"forecaster\.npz holds kind='NaiveForecaster'; RNNForecaster is needed"):
        RNNForecaster.load(saved)


def test_a_newer_format(saved):
    rewrite(saved, lambda header, _: header.update(version=files.VERSION + 1))
    with pytest.raises(ValueError, match=r"forecaster\.npz has version 2 .* install a newer one"):
        NaiveForecaster.load(saved)


CHANGES = {
    "no parameters": lambda header, _: header.pop("parameters"),
    "parameters of a later release": lambda header, _: header["parameters"].update(width=3),
    "a parameter that is none": lambda header, _: header["parameters"].update(h=-1),
    "nothing fitted": lambda header, _: header["fitted"].clear(),
    "a method": lambda header, _: header["fitted"].update(predict=3),
    "a parameter as fitted": lambda header, _: header["fitted"].update(h=7),
    "no panel": lambda header, _: header["fitted"].update(context_=3),
    "a class of elsewhere": lambda header, _: header["fitted"]["context_"]["own"].__setitem__(0, "Popen"),
    "an unknown form": lambda header, _: header["fitted"].update(freq_={"offset": ["to_offset", 1, False, {}]}),
    "two keys": lambda header, _: header["fitted"].update(freq_={"a": 1, "b": 2}),
    "a short panel": lambda _, arrays: arrays.update({"context_.values": arrays["context_.values"][:-1]}),
    "indptr beyond the rows": lambda _, arrays: arrays.update({"context_.indptr": np.array([0, 1, 900])}),
    "indptr of floats": lambda _, arrays: arrays.update({"context_.indptr": np.array([0.0, 1.0, 2.0])}),
    "stamps without rows": lambda _, arrays: arrays.update({"context_.times": np.arange(90)}),
    "no array": lambda _, arrays: arrays.pop("context_.values"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_headers_that_do_not_fit(saved, change):
    rewrite(saved, CHANGES[change])
    with pytest.raises(ValueError, match=r"forecaster\.npz is damaged, or does not fit this release"):
        NaiveForecaster.load(saved)


@pytest.mark.parametrize("place", ["replace", "fsync"])
def test_an_interrupted_save_leaves_the_old_file(saved, place, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    before = saved.read_bytes()
    monkeypatch.setattr(files.os, place, stop)
    with pytest.raises(KeyboardInterrupt):
        NaiveForecaster(H).fit(wave()).save(saved)
    assert saved.read_bytes() == before
    assert [file.name for file in saved.parent.iterdir()] == [saved.name]


def test_weights_that_do_not_fit_the_network(tmp_path):
    y = pd.Series(np.sin(np.arange(60.0)))
    model = RNNForecaster(3, 6, hidden_size=4, cell_type="elman", max_iter=1, intervals=None, random_state=0).fit(y)
    model.thetas_ = [model.thetas_[0][:, :-1]]
    model.save(tmp_path / "short.npz")
    with pytest.raises(ValueError, match=r"short\.npz"):
        RNNForecaster.load(tmp_path / "short.npz")


@pytest.mark.parametrize("change", [lambda t: t.astype(float), lambda t: t.astype(">f4"), lambda t: t[0]])
@pytest.mark.parametrize("scope", ["global", "local"])
def test_weights_that_are_no_rows_of_float32(scope, change, path):
    small(scope=scope, n_init=1, intervals=None).fit(wave()).save(path)
    rewrite(path, lambda _, arrays: arrays.update({"thetas_.0": change(arrays["thetas_.0"])}))
    with pytest.raises(ValueError, match=r"forecaster\.npz is damaged.*networks are rows of float32"):
        RNNForecaster.load(path)


def test_segments_are_stored(tmp_path):
    y = pd.Series(np.sin(np.arange(90.0)))
    model = RNNForecaster(
        5, 12, strategy="segment", segment_size=3, hidden_size=4, max_iter=1, intervals=None, random_state=0
    ).fit(y)
    model.save(tmp_path / "segments.npz")
    pd.testing.assert_series_equal(RNNForecaster.load(tmp_path / "segments.npz").predict(), model.predict())
