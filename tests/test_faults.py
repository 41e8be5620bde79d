"""The runner of the faults: what it counts, what it prints."""

import json
import pickle

import pytest
from faults import weights
from faults.results import Tally
from faults.run import FAULTS, main


def test_a_tally_counts_what_goes_wrong():
    tally = Tally()
    for i in range(4):
        with tally.trial(f"try {i}", "odd" if i % 2 else "even"):
            assert i != 2, "two"
    assert (tally.tried, tally.right) == (4, 3)
    assert len(tally.failures) == 1 and tally.failures[0].startswith("try 2: AssertionError: two")
    assert tally.to_json()["kinds"] == {"even": 2, "odd": 2}


def test_the_runner_prints_what_was_tried_and_fails_with_it(monkeypatch, tmp_path, capsys):
    """With a fault that goes wrong every third time."""

    class Third:
        TIMES = 5

        @staticmethod
        def run(times, seed, folder):
            tally = Tally()
            for i in range(times):
                with tally.trial(f"{folder.name} {seed} {i}"):
                    assert i % 3 != 2
            return tally

    monkeypatch.setattr("faults.run.import_module", lambda name: Third)
    name = next(iter(FAULTS))
    assert main(["--only", name, "--json", "--folder", str(tmp_path), "--seed", "4"]) == 1
    found = json.loads(capsys.readouterr().out)[name]
    assert (found["tried"], found["right"]) == (5, 4) and found["failures"][0].startswith(f"{name} 4 2")
    assert main(["--only", name, "--times", "2"]) == 0
    assert "tried 2, right 2" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["--times", "0"])


def test_spoiled_weights_are_each_refused_with_their_own_reason(tmp_path):
    """Each kind once; and the payload of the pickles is a real one."""
    (tmp_path / "work").mkdir()
    tally = weights.run(len(weights.SPOILS), 0, tmp_path / "work")
    assert tally.failures == [] and tally.tried == len(weights.SPOILS) + 1
    sign = tmp_path / "sign"
    pickle.loads(pickle.dumps(weights.Payload(sign)))
    assert sign.exists()
