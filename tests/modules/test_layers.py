"""Every layer and network: it runs, shapes, gradients to every parameter, batches of one and many, dtypes."""

import tempfile
from pathlib import Path

import pytest
from layer_tester import LayerCase, layer_classes
from published import write_squeezenet, write_vgg16
from torch import nn

from ppp.modules import layers, perceptual, squeezenet
from ppp.modules.finish_levels import LEVELS
from ppp.modules.firstframe import generator, paper
from ppp.modules.firstframe.config import FirstFrameConfig
from ppp.modules.firstframe.model import FirstFrameModel
from ppp.modules.frames import ablations, decoder, discriminator, encoder, heads
from ppp.modules.frames.conditioning import Condition
from ppp.modules.frames.config import FramesConfig
from ppp.modules.frames.model import FramesModel
from ppp.modules.frames.paper import decoder as paper_decoder
from ppp.modules.frames.paper import discriminator as paper_discriminator
from ppp.modules.frames.paper import encoder as paper_encoder
from ppp.modules.frames.paper.config import PaperConfig
from ppp.modules.frames.paper.model import PaperFramesModel
from ppp.modules.frames.planner import model as planner
from ppp.modules.frames.planner.config import PlannerConfig
from ppp.modules.frames.planner.inputs import FACTS, PLANES
from ppp.modules.io.onnx_export import GraphModule
from ppp.modules.segment import mobilenet, unet
from ppp.modules.segment.config import SegmentConfig
from ppp.modules.segment.deeplab import DeepLab
from ppp.modules.segment.encoder import SqueezeNetEncoder
from ppp.modules.segment.model import SegmentModel
from ppp.modules.segment.smp_networks import SmpSqueezeNetEncoder
from ppp.modules.segment.train import SmpSegmentModel


def from_file(make, write):
    """Make a network from a file of weights that `write` makes."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder) / "weights")
        (file,) = Path(folder).iterdir()
        return make(file)


def patch_features(*shapes):
    """The outputs of a PatchDiscriminator: features (C,h,w), and one map of scores."""
    return (*shapes, (1, shapes[-1][1] - 1, shapes[-1][2] - 1))


FIRST = FirstFrameConfig(widths=(4, 8, 8, 8), blocks=1)
PAPER_FIRST = FirstFrameConfig("paper", paper_width=2)
# Instance normalisation right behind takes any constant away: a bias there can have no gradient.
CANCELLED = r".*\.bias"

PLANNER, N_LEVELS = PlannerConfig(), len(LEVELS)
FRAMES, PAPER = FramesConfig(width=8, blocks=1, style=4, local=4), PaperConfig(width=4, blocks=1, style=6)
SIDE, STATES = 32, FRAMES.n_states
PICTURE, LABELS, EDGES = (3, SIDE, SIDE), (10, SIDE, SIDE), (1, SIDE, SIDE)
CONDITION = ((6, SIDE, SIDE), (1, SIDE, SIDE), (STATES, SIDE, SIDE))  # degree map, field, finish
STEP = (PICTURE, LABELS, EDGES, (STATES, *PICTURE), PICTURE, *CONDITION)
ENCODED = (PICTURE, PICTURE, PICTURE, LABELS, EDGES, CONDITION[0])
FEATURES = ((16, 2, 2), (24, 4, 4), (8, 8, 8))
HEAD = (*FEATURES, (1 + STATES, SIDE, SIDE), (8, 2, 2), (STATES, *PICTURE), (2, 3))
MIX, WEIGHT = (STATES, SIDE, SIDE), (1, SIDE, SIDE)


def decode(model, painting, labels, edges, states, canvas, degree_map, field, finish, z):
    prepared = model.prepare(painting, labels, edges, states)
    return model(prepared, canvas, Condition(degree_map, field, finish), z)


def autoencode(model, *inputs):
    """The next frame, and z of the step that changes the canvas to the painting."""
    painting, labels, edges, _, canvas, degree_map, *_ = inputs
    return decode(model, *inputs), model.encode(painting, canvas, painting, labels, edges, degree_map)


def judge(network, painting, canvas, frame, labels, edges, *condition):
    return network(painting, canvas, frame, labels, edges, Condition(*condition))


JUDGED = (PICTURE, PICTURE, PICTURE, LABELS, EDGES, *CONDITION)

SQUEEZED = ((3, 64, 96), (96, 32, 48), (256, 16, 24), (512, 8, 12), (512, 4, 6), (512, 2, 3))
U_NET = SegmentConfig(decoder_channels=(8, 8, 8, 8, 8))

CASES = {
    layers.ConvNormAct: LayerCase(lambda: layers.ConvNormAct(3, 16, stride=2), ((3, 8, 6),), ((16, 4, 3),)),
    layers.ResBlock: LayerCase(lambda: layers.ResBlock(16), ((16, 8, 6),), ((16, 8, 6),)),
    layers.PatchDiscriminator: LayerCase(
        lambda: layers.PatchDiscriminator(4, 8),
        ((4, 48, 64),),
        patch_features((8, 24, 32), (16, 12, 16), (32, 6, 8), (64, 5, 7)),
    ),
    layers.MultiScaleDiscriminator: LayerCase(
        lambda: layers.MultiScaleDiscriminator(4, 8),
        ((4, 64, 64),),
        (
            *patch_features((8, 32, 32), (16, 16, 16), (32, 8, 8), (64, 7, 7)),
            *patch_features((8, 16, 16), (16, 8, 8), (32, 4, 4), (64, 3, 3)),
        ),
    ),
    GraphModule: LayerCase(
        lambda: GraphModule(nn.Conv2d(3, 8, 1), lambda layer, x: layer(x)), ((3, 4, 4),), ((8, 4, 4),)
    ),
    squeezenet.Fire: LayerCase(lambda: squeezenet.Fire(6, 8, 8), ((6, 9, 9),), ((16, 9, 9),)),
    SqueezeNetEncoder: LayerCase(SqueezeNetEncoder, ((3, 64, 96),), SQUEEZED),
    SmpSqueezeNetEncoder: LayerCase(SmpSqueezeNetEncoder, ((3, 64, 96),), SQUEEZED),
    mobilenet.InvertedResidual: LayerCase(
        lambda: mobilenet.InvertedResidual(8, 8, 1, 6).eval(), ((8, 6, 4),), ((8, 6, 4),)
    ),
    mobilenet.MobileNetV2: LayerCase(lambda: mobilenet.MobileNetV2().eval(), ((3, 64, 96),), ((320, 2, 3),)),
    unet.UnetBlock: LayerCase(
        lambda: unet.UnetBlock(9, 4), ((6, 2, 3), (3, 4, 6)), ((4, 4, 6),), lambda block, x, skip: block(x, skip, skip)
    ),
    unet.UnetDecoder: LayerCase(
        lambda: unet.UnetDecoder([3, 4, 6], (8, 5)),
        ((3, 8, 12), (4, 4, 6), (6, 2, 3)),
        ((5, 8, 12),),
        lambda decoder, *features: decoder(list(features)),
    ),
    unet.Unet: LayerCase(lambda: unet.Unet(SqueezeNetEncoder(3), (8, 8, 8), 10), ((3, 64, 96),), ((10, 64, 96),)),
    perceptual._SqueezeNetFeatures: LayerCase(
        lambda: from_file(perceptual._SqueezeNetFeatures, write_squeezenet),
        ((3, 64, 48),),
        ((96, 29, 21), (128, 14, 10), (256, 7, 5), (384, 7, 5), (512, 7, 5)),
    ),
    perceptual._VGG16Features: LayerCase(
        lambda: from_file(perceptual._VGG16Features, write_vgg16),
        ((3, 32, 32),),
        ((64, 32, 32), (128, 16, 16), (256, 8, 8), (512, 4, 4)),
    ),
    perceptual.PerceptualLoss: LayerCase(
        lambda: from_file(lambda file: perceptual.PerceptualLoss("squeezenet", file), write_squeezenet),
        (PICTURE, PICTURE),
        ((),),
        lambda loss, prediction, target: loss(prediction.requires_grad_(), target, per_sample=True),
    ),
    SegmentModel: LayerCase(lambda: SegmentModel(U_NET), ((3, 64, 96),), ((10, 64, 96),)),
    SmpSegmentModel: LayerCase(lambda: SmpSegmentModel(U_NET), ((3, 64, 96),), ((10, 64, 96),)),
    # its finer scores start at zero, so that it starts as it was published
    DeepLab: LayerCase(DeepLab, ((3, 64, 96),), ((25, 64, 96),), silent=r"fine_(mix|projection).*"),
    planner.OrderEncoder: LayerCase(lambda: planner.OrderEncoder(4), ((8, 64, 64),), ((8,),)),
    planner.PlanNetwork: LayerCase(
        lambda: planner.PlanNetwork(PLANNER),
        ((PLANES + PLANNER.n_classes, 32, 32), (FACTS + len(PLANNER.media),), (PLANNER.style,), (8, 64, 64)),
        ((32, 32), (N_LEVELS, 32, 32), (N_LEVELS, 32, 32), (PLANNER.style,), (PLANNER.style,)),
        lambda network, *x: (*network(*x[:3]), *network.encode(x[3])),
    ),
    generator.MixGenerator: LayerCase(lambda: generator.MixGenerator(FIRST), ((33, 32, 48),), ((3, 32, 48),)),
    paper.GlobalGenerator: LayerCase(
        lambda: paper.GlobalGenerator(PAPER_FIRST), ((11, 48, 64),), ((3, 48, 64),), silent=CANCELLED
    ),
    paper._ReflectBlock: LayerCase(lambda: paper._ReflectBlock(4), ((4, 8, 8),), ((4, 8, 8),), silent=CANCELLED),
    FirstFrameModel: LayerCase(lambda: FirstFrameModel(FIRST), ((33, 20, 30),), ((3, 20, 30),)),
    encoder.Encoder: LayerCase(lambda: encoder.Encoder(FRAMES), ENCODED, ((8, 2, 2), (8, 2, 2))),
    decoder.Decoder: LayerCase(
        lambda: decoder.Decoder(FRAMES), (*STEP, (8, 2, 2)), (MIX, PICTURE, WEIGHT, MIX, WEIGHT), decode
    ),
    decoder.JoinPainting: LayerCase(
        lambda: decoder.JoinPainting(16, 8),
        ((8, 4, 4), (8, 4, 4)),
        ((8, 4, 4),),
        lambda layer, x, features: layer(x, layer.of_painting(features)),
    ),
    decoder.JoinLocalZ: LayerCase(lambda: decoder.JoinLocalZ(8, 4), ((8, 4, 4), (4, 2, 2)), ((8, 4, 4),)),
    heads.UpSampler: LayerCase(
        lambda: heads.UpSampler(8, 6), FEATURES, ((6, 8, 8),), lambda up, *maps: up(heads.Features(*maps))
    ),
    heads.MixtureHead: LayerCase(
        lambda: heads.MixtureHead(FRAMES),
        HEAD,
        (MIX, PICTURE, WEIGHT, MIX, WEIGHT),
        lambda head, *x: head(heads.Features(*x[:3]), *x[3:]),
    ),
    ablations.FreeHead: LayerCase(
        lambda: ablations.FreeHead(FRAMES),
        HEAD,
        (PICTURE, WEIGHT, WEIGHT),
        lambda head, *x: head(heads.Features(*x[:3]), *x[3:]),
    ),
    ablations.DifferenceHead: LayerCase(
        lambda: ablations.DifferenceHead(FRAMES),
        HEAD,
        (PICTURE, WEIGHT),
        lambda head, *x: head(heads.Features(*x[:3]), *x[3:]),
    ),
    ablations.PlainUpSampler: LayerCase(
        lambda: ablations.PlainUpSampler(8, 6), FEATURES, ((6, 8, 8),), lambda up, *maps: up(heads.Features(*maps))
    ),
    ablations.SkipLocalZ: LayerCase(
        lambda: ablations.SkipLocalZ(8, 4),
        ((8, 4, 4), (4, 2, 2)),
        ((8, 4, 4),),
        lambda layer, features, z: layer(features.requires_grad_(), z),
    ),
    ablations.PlainDecoder: LayerCase(
        lambda: ablations.PlainDecoder(FRAMES), (*STEP, (8, 2, 2)), (MIX, PICTURE, WEIGHT, MIX, WEIGHT), decode
    ),
    discriminator.FrameDiscriminator: LayerCase(
        lambda: discriminator.FrameDiscriminator(FRAMES, 8),
        JUDGED,
        patch_features((8, 16, 16), (16, 8, 8), (32, 7, 7)),
        judge,
    ),
    FramesModel: LayerCase(
        lambda: FramesModel(FRAMES), (*STEP, (8, 2, 2)), (PICTURE, (8, 2, 2), (8, 2, 2)), autoencode
    ),
    paper_encoder.PaperEncoder: LayerCase(lambda: paper_encoder.PaperEncoder(PAPER), ENCODED, ((6, 1, 1), (6, 1, 1))),
    paper_decoder.PaperDecoder: LayerCase(
        lambda: paper_decoder.PaperDecoder(PAPER), (*STEP, (6, 1, 1)), (PICTURE, WEIGHT, WEIGHT), decode
    ),
    paper_discriminator.PaperDiscriminator: LayerCase(
        lambda: paper_discriminator.PaperDiscriminator(PAPER, 8),
        JUDGED,
        patch_features((8, 16, 16), (16, 8, 8), (32, 4, 4), (64, 3, 3)),
        judge,
    ),
    PaperFramesModel: LayerCase(
        lambda: PaperFramesModel(PAPER), (*STEP, (6, 1, 1)), (PICTURE, (6, 1, 1), (6, 1, 1)), autoencode
    ),
}


def test_every_layer_of_the_package_has_a_case():
    assert layer_classes() == CASES.keys()


@pytest.mark.parametrize("layer", CASES, ids=lambda layer: layer.__name__)
def test_layer(layer):
    assert type(CASES[layer].make()) is layer
    CASES[layer].check()
