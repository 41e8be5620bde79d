"""Normal numbers without torch are torch's."""

import numpy as np
import pytest
import torch

from ppp.modules.normal_draws import draw_normal


@pytest.mark.parametrize("count", [1, 3, 8, 15, 16, 37, 128, 2688])
@pytest.mark.parametrize("seed", [0, 5, 2**31 + 7, 2**40 + 3, 2**63 - 1])
def test_numbers_are_torch_s(count, seed):
    wanted = torch.randn(count, generator=torch.Generator().manual_seed(seed)).numpy()
    found = draw_normal(count, seed)
    assert found.dtype == np.float32 and np.abs(found - wanted).max() < 1e-6
