"""What a person sees of a training: a bar that shows step and loss at any width, lines where there is no terminal."""

import io
import re

import pytest
from rich.console import Console

from ppp.modules.training import logging
from ppp.modules.training.logging import TrainingLog

VALUES = {"l1": 0.123, "perceptual": 3.25, "loss": 1.2345, "adversarial": 12.5}


def test_off_a_terminal_every_line_of_the_log_is_said_plainly(tmp_path, capsys):
    log = TrainingLog(tmp_path, 2000, 0, quiet=False)
    log.show(9, VALUES)
    log.write(10, {"lr": 1e-4, **VALUES})
    log.close()
    assert re.fullmatch(
        r"step 10/2000  loss 1.23  [\d.]+ steps/s  lr 0.0001  l1 0.123  perceptual 3.25  adversarial 12.5\n",
        capsys.readouterr().err,
    )
    log = TrainingLog(tmp_path, 2000, 0, quiet=True)
    log.write(10, VALUES)
    log.close()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_step_and_loss_are_never_cut(tmp_path, monkeypatch, width):
    shown = io.StringIO()
    monkeypatch.setattr(logging, "Console", lambda **_: Console(file=shown, force_terminal=True, width=width))
    log = TrainingLog(tmp_path, 200_000, 0, quiet=False)
    log.show(123_456, VALUES)
    log.bar.refresh()
    log.close()
    lines = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.getvalue()).replace("\r", "\n").splitlines()
    last = next(line for line in reversed(lines) if line.strip())
    assert re.match(r"step 123456/200000  loss 1.23 ", last) and len(last) <= width
