"""``rnnforecast info``: versions, the place of compiled kernels, threads and CUDA."""

import os

from rnnforecast import __version__


def add_to(commands):
    """Add the command to a parser's commands."""
    parser = commands.add_parser("info", help="show versions, the place of compiled kernels, threads and CUDA")
    parser.set_defaults(command=run)


def run(arguments):
    """Print it; return the exit code."""
    import platform

    import joblib

    from rnnforecast._cache import cache_place

    lines = {"rnnforecast": __version__, "python": f"{platform.python_version()} on {platform.platform()}"}
    for package in ("numpy", "pandas", "scikit-learn", "scipy", "numba", "llvmlite", "joblib", "matplotlib"):
        lines[package] = _version(package)
    lines["kernel cache"] = cache_place() or "none: compiled kernels are not kept from one process to the next"
    lines["threads"] = f"{joblib.cpu_count()} usable of {os.cpu_count()}"
    lines["CUDA"] = _cuda()
    width = max(map(len, lines))
    for name, value in lines.items():
        print(f"{name:<{width}}  {value}")
    return 0


def _version(package):
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _cuda():
    """What the driver says; it is asked directly, for importing the compiler of CUDA kernels may take seconds."""
    import ctypes

    try:
        driver = ctypes.CDLL("nvcuda.dll" if os.name == "nt" else "libcuda.so.1")
    except OSError:
        return "no driver"
    count, release = ctypes.c_int(0), ctypes.c_int(0)
    if driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count)) or not count.value:
        return "a driver, but no device"
    driver.cuDriverGetVersion(ctypes.byref(release))
    toolkit = f"{release.value // 1000}.{release.value % 1000 // 10}"
    return f"{count.value} device(s), driver for CUDA {toolkit}, numba-cuda {_version('numba-cuda')}"
