"""The frames stage: painting, canvas, labels, degrees and z to the next canvas."""

from typing import Any, ClassVar

from torch import Tensor, nn

from ..io.pretrained import PretrainedModel
from .ablations import make_decoder
from .conditioning import Condition
from .config import FramesConfig
from .encoder import Encoder
from .latent import Latent, NoLatent
from .prediction import FramePrediction, Prepared, next_frame
from .variants import model_class


class FramesModel(PretrainedModel):
    """Encoder and decoder of the degree-conditioned CVAE-GAN (the discriminator lives in training only)."""

    stage: ClassVar[str] = "frames"
    Config: ClassVar[type] = FramesConfig
    latent_class: ClassVar[type[Latent]] = Latent
    encoder_class: ClassVar[type[nn.Module]] = Encoder
    make_decoder: ClassVar[Any] = staticmethod(make_decoder)

    def __init__(self, config: FramesConfig | None = None) -> None:
        super().__init__()
        self.config = config or self.Config()
        self.latent = (self.latent_class if self.config.latent else NoLatent)(self.config)
        self.encoder = self.encoder_class(self.config) if self.config.latent else None
        self.decoder = self.make_decoder(self.config)

    @classmethod
    def class_for(cls, config: dict[str, Any]) -> type["FramesModel"]:
        """Choose the class by `variant` of a stored config."""
        return model_class(config.get("variant", "default"))

    def prepare(self, painting: Tensor, labels: Tensor, edges: Tensor, states: Tensor) -> Prepared:
        """Compute what depends on the painting alone.

        Args:
            painting: (B,3,H,W) in [0,1]; H and W are multiples of 16.
            labels: (B,K,H,W) one-hot classes, all zero for unnamed parts.
            edges: (B,1,H,W).
            states: (B,M,3,H,W) of `finish_levels.finish_states`.
        """
        return self.decoder.prepare(painting, labels, edges, states)

    def predict(self, prepared: Prepared, canvas: Tensor, condition: Condition, z: Tensor) -> FramePrediction:
        """Predict one step; canvas (B,3,H,W) in [0,1], z of `latent`."""
        return self.decoder(prepared, canvas, condition, z)

    def encode(
        self, painting: Tensor, before: Tensor, after: Tensor, labels: Tensor, edges: Tensor, degree_map: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Encode the step `before -> after` as mu and logvar of the z that explains it (training only).

        Pictures (B,3,H,W) in [0,1]; the rest as in `Encoder`. Both results are (B,Z,H/16,W/16), in the paper's variant
        (B,Z,1,1).
        """
        assert self.encoder is not None
        return self.encoder(painting, before, after, labels, edges, degree_map)

    def forward(self, prepared: Prepared, canvas: Tensor, condition: Condition, z: Tensor) -> Tensor:
        """Make the next canvas (B,3,H,W) in [0,1]."""
        return next_frame(self.predict(prepared, canvas, condition, z), prepared.states, canvas)
