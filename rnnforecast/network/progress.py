"""Tell a waiting person how training goes."""

from contextlib import contextmanager


@contextmanager
def progress_bar(settings):
    """Yield ``report(progress)``, to be called after each epoch: a tqdm bar when it is installed, else lines.

    Silent at ``verbose=0``.
    """
    if not settings.verbose:
        yield lambda progress: None
        return
    try:
        from tqdm.auto import tqdm
    except ImportError:
        yield _print_line
        return
    with tqdm(total=settings.max_iter, unit="epoch") as bar:

        def report(progress):
            bar.set_postfix_str(_describe(progress), refresh=False)
            bar.update()

        yield report


def _describe(progress):
    text = f"loss={progress.loss_curve[-1]:.5g}"
    if progress.validation_scores:
        text += f", validation={progress.validation_scores[-1]:.5g}"
    return text


def _print_line(progress):
    print(f"epoch {len(progress.loss_curve)}: {_describe(progress)}", flush=True)
