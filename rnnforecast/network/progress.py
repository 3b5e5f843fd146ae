"""Tell a waiting person how training goes."""

from contextlib import contextmanager


@contextmanager
def progress_bar(settings, n_networks=1):
    """Yield ``report(course)``, to be called after each epoch: a tqdm bar when it is installed, else lines.

    The bar counts the epochs of one network, or the networks when there are several. Silent at ``verbose=0``.
    """
    if not settings.verbose:
        yield lambda course: None
        return
    try:
        from tqdm.auto import tqdm
    except ImportError:
        yield lambda course: _print_line(course, n_networks)
        return
    several = n_networks > 1
    with tqdm(total=n_networks if several else settings.max_iter, unit="network" if several else "epoch") as bar:

        def report(course):
            if course.progress.loss_curve and (not several or _is_last(course)):
                bar.set_postfix_str(_describe(course.progress), refresh=False)
                bar.update()

        yield report


def _is_last(course):
    return course.finished or len(course.progress.loss_curve) >= course.settings.max_iter


def _describe(progress):
    text = f"loss={progress.loss_curve[-1]:.5g}"
    if progress.validation_scores:
        text += f", validation={progress.validation_scores[-1]:.5g}"
    return text


def _print_line(course, n_networks):
    progress = course.progress
    if not progress.loss_curve:
        return
    if n_networks == 1:
        print(f"epoch {len(progress.loss_curve)}: {_describe(progress)}", flush=True)
    elif _is_last(course):
        print(
            f"network {course.index + 1} of {n_networks}, epoch {len(progress.loss_curve)}: {_describe(progress)}",
            flush=True,
        )
