"""The default decoder: most work at a quarter of the size, two up-samplers for stroke and weight (Figure 2, right)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..finish_levels import TINT_STRENGTH
from ..layers import ConvNormAct, ResBlock, spread
from .config import FramesConfig
from .prediction import FramePrediction, Prepared

DIRECT = 20.0  # lets single numbers grow as fast as the sums of many in the networks beside them
SURE = 6.0  # logits count no further than this when they are averaged: one pixel must not outvote its neighbours
UNDECIDED = 0.1  # sharpened weights below this are 0, above 1 minus this they are 1
FOLD = 4  # pixels fold into channels (pixel-unshuffle) by this factor, and back at the end


def sharpen(logits: Tensor, weight: Tensor, decided: float) -> tuple[Tensor, Tensor]:
    """Mixture (B,M,H,W) and weight (B,1,H,W) of a hand in use: sharper than in training, and nothing is half done.

    Paint is opaque. A network that is not sure answers with veils; what it holds for unlikely is left out altogether
    (exactly 0: the canvas stays as it is), what it holds for almost sure is laid on in full.
    """
    steady = logits if decided == 1.0 else decided * smooth_logits(logits)
    return steady.softmax(dim=1), sharpen_weight(weight, decided)


def sharpen_weight(weight: Tensor, decided: float) -> Tensor:
    """Logits (B,1,H,W) of the weight -> the weight in [0,1], of a hand in use; `decided` 1: as in training."""
    return torch.sigmoid(weight) if decided == 1.0 else weight_of_logits(smooth_logits(weight), decided)


def weight_of_logits(weight: Tensor, decided: float) -> Tensor:
    """Evened logits of the weight, any shape -> the weight in [0,1]."""
    if decided == 1.0:
        return torch.sigmoid(weight)
    return ((torch.sigmoid(decided * weight) - UNDECIDED) / (1 - 2 * UNDECIDED)).clamp(0, 1)


def smooth_logits(logits: Tensor) -> Tensor:
    """Logits (B,C,H,W) averaged around each pixel.

    The edge of a stroke is smooth; unfolding leaves a grid of single pixels where the network is not sure.
    """
    padded = functional.pad(logits.clamp(-SURE, SURE), (FOLD // 2,) * 4, mode="replicate")
    return functional.avg_pool2d(padded, FOLD + 1, stride=1)


def dark_light_anchors(painting: Tensor, share: float = 0.05) -> Tensor:
    """Mean colours (B,2,3) of the darkest and the lightest `share` of a painting (B,3,H,W), seen at 64 pixels or more.

    Artists who begin dark, or chalky, mix these into all their first colours.
    """
    small = functional.avg_pool2d(painting, max(1, min(painting.shape[-2:]) // 64)).flatten(2)
    light = small.sum(dim=1)
    count = max(1, round(share * light.shape[1]))
    ends = [light.topk(count, largest=largest).indices for largest in (False, True)]
    return torch.stack([small.gather(2, i[:, None].expand(-1, 3, -1)).mean(dim=2) for i in ends], dim=1)


def project_tint(
    free: Tensor, loose: Tensor, weight: Tensor, colour: Tensor, painting: Tensor, uneven: float
) -> Tensor:
    """A free colour (B,3,H,W) that leans the same way everywhere, as one artist's hand does.

    The lean is to the darks of the painting (B,3,H,W) or to its lights, in proportion to how far the colour (B,3,H,W)
    that is mixed is from them: dark stays dark, and nothing gets a colour that the painting does not hold. How far is
    fitted where paint is laid (`weight`, (B,1,H,W)) that may lean (`loose`, same shape); what deviates from it is kept
    by the share `uneven`. The network is not sure of the tone from place to place, and its doubt would stand in the
    picture as clouds.
    """
    felt = weight * (loose > 0)
    lighter = (free * felt).sum(dim=(1, 2, 3), keepdim=True) > 0
    darks, lights = dark_light_anchors(painting)[..., None, None].unbind(dim=1)
    towards = (torch.where(lighter, lights, darks) - colour) * loose
    fit = (free * towards * felt).sum(dim=(1, 2, 3), keepdim=True)
    even_tone = fit.clamp(min=0) / (towards.square() * felt).sum(dim=(1, 2, 3), keepdim=True).clamp(min=1.0) * towards
    return even_tone + uneven * (free - even_tone)


class _Up(nn.Module):
    """From the bottom (1/16) back to a quarter of the size, with the down-sampler's features beside (`skips`)."""

    def __init__(self, bottom: int, middle: int, top: int, out: int, skips: bool) -> None:
        super().__init__()
        self.skips = skips
        self.middle = ConvNormAct(bottom + middle * skips, middle)
        self.top = ConvNormAct(middle + top * skips, out)

    def forward(self, bottom: Tensor, middle: Tensor, top: Tensor) -> Tensor:
        x = functional.interpolate(bottom, size=middle.shape[-2:], mode="nearest")
        x = self.middle(torch.cat([x, middle], dim=1) if self.skips else x)
        x = functional.interpolate(x, size=top.shape[-2:], mode="nearest")
        return self.top(torch.cat([x, top], dim=1) if self.skips else x)


class Decoder(nn.Module):
    """Condition and z to stroke and weight.

    The stroke is a mixture of the states of finish plus a small free colour; with `predict` "free" a colour and nothing
    else, with "difference" what is added to the canvas (then there is no weight).
    """

    def __init__(self, config: FramesConfig) -> None:
        super().__init__()
        self.config = config
        self.own_tone: Tensor
        w, middle, bottom = config.width, config.width + 16, 2 * config.width
        folded = FOLD * FOLD
        # Once per painting.
        self.painting = nn.Conv2d((3 + 3 * config.n_states) * folded, w, 1)
        self.parts = nn.Conv2d(config.n_classes + 1, w, 1)
        # In every step: the canvas, what is left to do, the degree map, the field and how far.
        self.canvas = nn.Conv2d(6 * folded, w, 1)
        self.asked = nn.Conv2d(config.granularity + 2 + config.n_states, w, 1)
        self.top = nn.Sequential(ConvNormAct(2 * w, w), ResBlock(w))
        self.middle = nn.Sequential(ConvNormAct(w, middle, stride=2), ResBlock(middle))
        self.bottom = ConvNormAct(middle, bottom, stride=2)
        self.join = nn.Conv2d(bottom + config.z_size, bottom, 1)
        # The local z once more, unfolded to cells of 8 pixels: about a stroke, so that it can say which are laid.
        # It gets there by the skips only.
        self.join_strokes = nn.Conv2d(middle + config.local // 4, middle, 1) if config.skips else None
        self.deep = nn.Sequential(*(ResBlock(bottom) for _ in range(config.blocks)))
        mixes, weighs = config.predict == "mixture", config.predict != "difference"
        self.up_stroke = _Up(bottom, middle, w, w, config.skips)
        if weighs:
            self.up_weight = _Up(bottom, middle, w, w // 2, config.skips)
        self.stroke = nn.Conv2d(w, (config.n_states * mixes + 3) * folded, 1)
        heads, direct = [self.stroke], []
        if weighs:
            self.weight = nn.Conv2d(w // 2, folded, 1)
            heads.append(self.weight)
        # What was asked also speaks to the heads directly, pixel by pixel. It says nothing before it is trained.
        if mixes:
            # An artist mixes first colours by feeling: the style leans all of them to a tone of its own.
            self.palette = nn.Conv2d(config.style, 3, 1, bias=False)
            nn.init.normal_(self.palette.weight, std=0.08)
            own_tone = torch.tensor(TINT_STRENGTH[: config.n_states])[None, :, None, None]
            self.register_buffer("own_tone", own_tone, persistent=False)
            self.asked_stroke = nn.Conv2d(config.n_states + 1, config.n_states, 1, bias=False)
            direct.append(self.asked_stroke)
        if weighs:
            self.asked_weight = nn.Conv2d(config.n_states + 1, 1, 1, bias=False)
            direct.append(self.asked_weight)
        for layer in heads:
            nn.init.normal_(layer.weight, std=0.02)  # larger ones leave the grid of the folding in the first pictures
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
        for layer in direct:
            nn.init.zeros_(layer.weight)

    def prepare(self, painting: Tensor, labels: Tensor, edges: Tensor, states: Tensor) -> Prepared:
        """Painting (B,3,H,W), one-hot labels (B,K,H,W), edges (B,1,H,W), states (B,M,3,H,W)."""
        images = torch.cat([painting, states.flatten(1, 2)], dim=1)
        coarse = functional.avg_pool2d(torch.cat([labels, edges], dim=1), FOLD)
        features = self.painting(functional.pixel_unshuffle(images, FOLD)) + self.parts(coarse)
        return Prepared(features, states)

    def forward(
        self, prepared: Prepared, canvas: Tensor, degree_map: Tensor, field: Tensor, finish: Tensor, z: Tensor
    ) -> FramePrediction:
        """Canvas (B,3,H,W), degree map (B,G+1,H,W), field (B,1,H,W), finish (B,M,H,W) one-hot, z (B,Z,H/16,W/16)."""
        assert prepared.states is not None
        left = prepared.states[:, -1] - canvas
        images = functional.pixel_unshuffle(torch.cat([canvas, left], dim=1), FOLD)
        asked = functional.avg_pool2d(torch.cat([degree_map, field, finish], dim=1), FOLD)
        top = self.top(torch.cat([prepared.features, self.canvas(images) + self.asked(asked)], dim=1))
        middle = self.middle(top)
        bottom = self.bottom(middle)
        z = spread(z, *bottom.shape[-2:])
        bottom = self.join(torch.cat([bottom, z], dim=1))
        if self.join_strokes is not None:
            strokes = functional.pixel_shuffle(z[:, self.config.style :], 2)
            middle = self.join_strokes(torch.cat([middle, strokes], dim=1))
        bottom = self.deep(bottom)
        colours = functional.pixel_shuffle(self.stroke(self.up_stroke(bottom, middle, top)), FOLD)
        if self.config.predict == "difference":
            return FramePrediction(None, torch.tanh(colours), torch.ones_like(field), adds=True)
        weight = functional.pixel_shuffle(self.weight(self.up_weight(bottom, middle, top)), FOLD)
        wanted = torch.cat([field, finish], dim=1)
        weight = DIRECT * self.asked_weight(wanted) + weight
        decided = 1.0 if self.training else self.config.decided
        if self.config.predict == "free":
            return FramePrediction(None, torch.sigmoid(colours), sharpen_weight(weight, decided), weight_logits=weight)
        logits, free = colours[:, : self.config.n_states], colours[:, self.config.n_states :]
        logits = DIRECT * self.asked_stroke(wanted) + logits
        mix, laid = sharpen(logits, weight, decided)
        # A copy: where several processes train, torch 2.4 writes buffers anew before each forward pass, also those that
        # the backward pass of the one before still needs.
        loose = (mix * self.own_tone.clone()).sum(dim=1, keepdim=True)
        style = z[:, : self.config.style].mean(dim=(2, 3), keepdim=True)
        # Averaged over the folding (its grid would show in even colours), and none where the picture itself is laid.
        free = functional.interpolate(functional.avg_pool2d(free, FOLD), scale_factor=FOLD, mode="bilinear")
        free = torch.tanh(free + loose * self.palette(style)) * (1 - mix[:, -1:])
        if not self.training:
            colour = torch.einsum("bmhw,bmchw->bchw", mix, prepared.states)
            even_free = project_tint(free, loose, laid, colour, prepared.states[:, -1], self.config.uneven)
            free = self.config.tone * even_free
        return FramePrediction(
            mix=mix,
            free=self.config.free * free,
            weight=laid,
            mix_logits=logits,
            weight_logits=weight,
        )
