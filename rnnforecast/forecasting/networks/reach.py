"""What a network reads of a window and what it answers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reach:
    """What a network reads of a window, and what it answers.

    Parameters
    ----------
    n_inputs : int
        Rows of a window, a multiple of `segment`.
    n_outputs : int
        Rows of one answer.
    segment : int
        Rows that make one step of the network.
    n_segments : int
        Answers that make the horizon, decoded one by one; 0 for one that is all of it.
    n_leads : int
        Networks that share the horizon, each with answers that begin one row later than those of the one before.
    """

    n_inputs: int
    n_outputs: int
    segment: int = 1
    n_segments: int = 0
    n_leads: int = 1

    @property
    def n_steps(self):
        """Steps of the network."""
        return self.n_inputs // self.segment

    @property
    def n_answers(self):
        """Rows that one network answers."""
        return self.n_outputs * max(self.n_segments, 1)

    @property
    def n_targets(self):
        """Rows after a window that are targets of any network."""
        return self.n_answers + self.n_leads - 1
