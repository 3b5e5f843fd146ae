"""Tell a waiting person how training goes."""

from contextlib import contextmanager


@contextmanager
def progress_bar(settings, n_networks=1):
    """Yield ``report(course)``, to be called after each epoch and at the end: a tqdm bar if there is tqdm, else lines.

    It tells each epoch of one network, and the end of each when there are several, under the label that the settings
    have. Silent at ``verbose=0``.
    """
    if not settings.verbose:
        yield lambda course: None
        return
    several, told = n_networks > 1, {}

    def is_news(course):
        before, told[course.index] = told.get(course.index, 0), course.finished if several else course.n_epochs
        return told[course.index] > before

    try:
        from tqdm.auto import tqdm
    except ImportError:
        yield lambda course: is_news(course) and _print_line(course, n_networks, settings.label)
        return
    total, unit = (n_networks, "network") if several else (settings.max_iter, "epoch")
    with tqdm(desc=settings.label or None, total=total, unit=unit) as bar:

        def report(course):
            if is_news(course):
                bar.set_postfix_str(_describe(course), refresh=False)
                bar.update()

        yield report


def _describe(course):
    if course.diverged is not None:
        return f"diverged, {'weights not finite' if course.lost_weights else f'loss={course.diverged:.5g}'}"
    text = f"loss={course.progress.loss_curve[-1]:.5g}"
    if course.progress.validation_scores:
        text += f", validation={course.progress.validation_scores[-1]:.5g}"
    return text


def _print_line(course, n_networks, label):
    which = f"{label}: " if label else ""
    which += f"network {course.index + 1} of {n_networks}, " if n_networks > 1 else ""
    print(f"{which}epoch {len(course.progress.loss_curve)}: {_describe(course)}", flush=True)
