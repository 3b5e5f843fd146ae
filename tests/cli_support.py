"""How the tests of the command line run it."""

from rnnforecast import cli

FAST = ["--max-iter", "2", "--hidden-size", "4", "--input-size", "12"]


def run(capsys, *arguments):
    """Exit code, standard output, standard error."""
    code = cli.main([str(argument) for argument in arguments])
    return code, *capsys.readouterr()


def refused(capsys, *arguments):
    """The one line of an error."""
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("rnnforecast: error: ")
    assert err.count("\n") == 1
    return err


def write(tmp_path, text):
    path = tmp_path / "data.csv"
    path.write_text(text, encoding="utf-8")
    return path
