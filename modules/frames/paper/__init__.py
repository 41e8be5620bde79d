"""The paper's variant of the frames stage, literally: Figure 2 (model.py), section 4.2 (train.py, config.py)."""
