"""The runner of the fault trials: what it counts, what it prints."""

import json
import pickle

import pytest

from faults import weights
from faults.results import TrialResults
from faults.run import FAULTS, main


def test_a_tally_counts_what_goes_wrong():
    results = TrialResults()
    for i in range(4):
        with results.trial(f"try {i}", "odd" if i % 2 else "even"):
            assert i != 2, "two"
    assert (results.tried, results.right) == (4, 3)
    assert len(results.failures) == 1 and results.failures[0].startswith("try 2: AssertionError: two")
    assert results.to_json()["kinds"] == {"even": 2, "odd": 2}


def test_the_runner_prints_what_was_tried_and_fails_with_it(monkeypatch, tmp_path, capsys):
    """With a fault that goes wrong every third time."""

    class Third:
        TIMES = 5

        @staticmethod
        def run(times, seed, folder):
            results = TrialResults()
            for i in range(times):
                with results.trial(f"{folder.name} {seed} {i}"):
                    assert i % 3 != 2
            return results

    monkeypatch.setattr("faults.run.import_module", lambda name: Third)
    name = next(iter(FAULTS))
    assert main(["--only", name, "--json", "--folder", str(tmp_path), "--seed", "4"]) == 1
    found = json.loads(capsys.readouterr().out)[name]
    assert (found["tried"], found["right"]) == (5, 4) and found["failures"][0].startswith(f"{name} 4 2")
    assert main(["--only", name, "--times", "2"]) == 0
    assert "tried 2, right 2" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["--times", "0"])


def test_damaged_weights_are_each_refused_with_their_own_reason(tmp_path):
    """Each kind once; and the payload of the pickles is a real one."""
    (tmp_path / "work").mkdir()
    results = weights.run(len(weights.DAMAGES), 0, tmp_path / "work")
    assert results.failures == [] and results.tried == len(weights.DAMAGES) + 1
    sign = tmp_path / "sign"
    pickle.loads(pickle.dumps(weights.Payload(sign)))
    assert sign.exists()
