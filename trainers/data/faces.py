"""SYNTHETIC faces for parsing, with the class shares of a real face-parsing problem.

A procedural generator draws the images; no photograph is used. The imbalance is realistic: 19
classes, 65 % of all pixels are background and 0.2 % are each eye, a ratio of 325 to 1 (`SHARES`).
Every data set has these shares exactly, up to the rounding of one pixel per class. To that end the
classes are painted front to back: each takes its number of pixels from the free ones, those nearest
to its shape. Only some faces wear accessories (hat, glasses, earrings, necklace).

Left and right are those of the image and differ in position only. The colours of skin, hair,
clothes and background are drawn for each face and overlap, the light comes from a random side, and
noise is added, so that colour alone does not identify the classes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from ..settings.segmentation import DATA
from .segmentation_data import SegmentationData, Split

Field = NDArray[np.float32]  # (N, H, W): one number for each pixel

# Share of all pixels, in percent. Eyes are the rarest: 65 / 0.2 = 325.
SHARES: dict[str, float] = {
    "background": 65.0,
    "skin": 12.85,
    "hair": 9.0,
    "cloth": 4.6,
    "neck": 2.5,
    "hat": 1.2,
    "nose": 0.8,
    "glasses": 0.5,
    "left_ear": 0.4,
    "right_ear": 0.4,
    "mouth": 0.4,
    "lower_lip": 0.45,
    "upper_lip": 0.35,
    "left_brow": 0.3,
    "right_brow": 0.3,
    "necklace": 0.3,
    "earring": 0.25,
    "left_eye": 0.2,
    "right_eye": 0.2,
}
CLASSES = tuple(SHARES)
# The classes with at most 0.3 % of the pixels.
SMALL_CLASSES = (
    "left_eye",
    "right_eye",
    "left_brow",
    "right_brow",
    "earring",
    "necklace",
)
# Share of the faces that wear the accessory.
WORN_BY = {
    "hat": 0.3,
    "glasses": 0.3,
    "earring": 0.5,
    "necklace": 0.5,
}
# The classes from front to back: each one covers those after it.
PAINTED = (
    "left_eye", "right_eye", "glasses", "left_brow", "right_brow", "mouth", "upper_lip",
    "lower_lip", "nose",
    "earring", "left_ear", "right_ear", "hat", "skin", "necklace", "neck", "hair", "cloth",
)  # fmt: skip

# A fraction of the image's side: the oval of skin and features then has the area of their shares.
MEAN_FACE_RADIUS = 0.23


def load(
    *, image_size: int, train: int, val: int, test: int, seed: int
) -> SegmentationData:
    """Return three independent sets of faces.

    Args:
        image_size: side of the square images, in pixels; at least 32, since an eye has no pixel
            in smaller ones.
        train: number of faces in the training set, at least 1.
        val: number of faces in the validation set, at least 1.
        test: number of faces in the test set, at least 1.
        seed: of the generator; each set has its own random stream, so that none depends on the
            size of another.

    Raises:
        ValueError: images too small, or an empty set.
    """
    if image_size < 32 or min(train, val, test) < 1:
        raise ValueError(
            "faces need image_size >= 32 and at least one face a set; found image_size "
            f"{image_size}, train {train}, val {val}, test {test}"
        )
    streams = np.random.SeedSequence(seed).spawn(3)
    splits = []
    for count, stream in zip((train, val, test), streams, strict=True):
        rng = np.random.default_rng(stream)
        splits.append(make_split(count, image_size, rng))
    return SegmentationData("faces", DATA["faces"], CLASSES, SMALL_CLASSES, *splits)


def make_split(n: int, size: int, rng: np.random.Generator) -> Split:
    """Draw `n` faces of `size` x `size` pixels.

    Images (N, 3, H, W) have about zero mean and unit variance; masks are (N, H, W).
    """
    pose = draw_poses(n, rng)
    masks = paint(pose, size, rng)
    images = render(masks, rng)
    return Split(images, masks.astype(np.int64), np.arange(n))


@dataclass(frozen=True)
class Poses:
    """The pose of each face; every array is (N, 1, 1), which broadcasts to fields.

    Attributes:
        x, y: centre of the face relative to the image's centre, in units of the image's side.
        scale: relative size; the mean square is 1, so that the mean areas are those of `SHARES`.
        tilt: rotation in the image plane, in radians.
        turn: shift of the features as the face turns aside, in face widths.
        jaw: height of the face over its width.
    """

    x: Field
    y: Field
    scale: Field
    tilt: Field
    turn: Field
    jaw: Field


def draw_poses(n: int, rng: np.random.Generator) -> Poses:
    """Draw the poses of `n` faces."""

    def normal(deviation: float) -> Field:
        numbers = rng.standard_normal((n, 1, 1)).clip(-2, 2)
        return (deviation * numbers).astype(np.float32)

    scale = np.exp(normal(0.1))
    return Poses(
        x=normal(0.05),
        y=normal(0.03) - 0.02,
        scale=scale / np.sqrt((scale**2).mean()),
        tilt=normal(0.12),
        turn=normal(0.1),
        jaw=1.25 + normal(0.08),
    )


def paint(pose: Poses, size: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return masks (N, H, W) in which each class has its share of all pixels, up to rounding."""
    n = len(pose.x)
    masks = np.zeros((n, size * size), np.uint8)
    distances = shapes(pose, size, rng)
    for name in PAINTED:
        area = areas(name, pose, size, rng)
        distance = distances[name].reshape(n, -1)
        free_distance = np.where(masks == 0, distance, np.inf)
        nearest = np.argsort(free_distance, axis=1, kind="stable")
        # The first area[face] of each face's nearest pixels.
        face, rank = np.nonzero(np.arange(area.max()) < area[:, None])
        masks[face, nearest[face, rank]] = CLASSES.index(name)
    return masks.reshape(n, size, size)


def areas(
    name: str, pose: Poses, size: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Return the number of pixels of a class in each image, (N,).

    Larger faces have more pixels. The sum is the class's share of the whole set.
    """
    n = len(pose.x)
    face_area = pose.scale[:, 0, 0].astype(np.float64) ** 2
    weight = face_area * np.exp(0.15 * rng.standard_normal(n).clip(-2, 2))
    if name in WORN_BY:
        worn = rng.permutation(n) < max(1, round(WORN_BY[name] * n))
        weight *= worn
    total = round(SHARES[name] / 100 * n * size * size)
    # Differences of rounded cumulative sums add up to `total`; rounded weights would not.
    cumulative = np.rint(total * np.cumsum(weight) / weight.sum())
    edges: NDArray[np.int64] = cumulative.astype(np.int64)
    return np.diff(edges, prepend=np.int64(0))


def shapes(pose: Poses, size: int, rng: np.random.Generator) -> dict[str, Field]:
    """Return the distance of every pixel to the centre of each class's shape, in face widths.

    Returns:
        Class → (N, H, W).
    """
    axis = (np.arange(size, dtype=np.float32) + 0.5) / size - 0.5
    x = axis[None, None, :] - pose.x
    y = axis[None, :, None] - pose.y
    radius = MEAN_FACE_RADIUS * pose.scale
    sine, cosine = np.sin(pose.tilt), np.cos(pose.tilt)
    u = (cosine * x + sine * y) / radius  # to the right; 1 is the face's edge
    v = (cosine * y - sine * x) / (radius * pose.jaw)  # downwards; 1 is the chin
    noise = rng.standard_normal(np.shape(u)).astype(np.float32)
    ragged: Field = gaussian_filter(noise, (0, size / 20, size / 20))
    ragged *= 0.14 / ragged.std()  # makes the edges of hair and clothes uneven
    return {**_features(u - pose.turn, v), **_outlines(u, v, ragged)}


def _oval(
    u: Field, v: Field, centre: tuple[float, float], size: tuple[float, float]
) -> Field:
    """Return the distance to an oval's centre in units of its size: 1 on the edge."""
    across = (u - centre[0]) / size[0]
    down = (v - centre[1]) / size[1]
    return np.asarray(np.hypot(across, down), np.float32)


def _above_zero(field: Field) -> Field:
    """Return the field with its negative values set to 0."""
    return np.clip(field, 0, None)


def _features(f: Field, v: Field) -> dict[str, Field]:
    """Return the distances of eyes, glasses, brows, mouth and nose.

    They move as the face turns: `f` is u minus that shift.
    """

    def oval(cx: float, cy: float, width: float, height: float) -> Field:
        return _oval(f, v, (cx, cy), (width, height))

    left_rim = np.abs(oval(-0.38, -0.12, 0.24, 0.2) - 1.0)
    right_rim = np.abs(oval(0.38, -0.12, 0.24, 0.2) - 1.0)
    bridge = oval(0.0, -0.14, 0.7, 0.06) + 0.3
    bend = 0.35 * f**2  # makes brows and lips arcs
    nose_width = 0.12 + 0.12 * np.clip(v + 0.2, 0, 0.5)
    return {
        "left_eye": oval(-0.38, -0.12, 0.2, 0.1),
        "right_eye": oval(0.38, -0.12, 0.2, 0.1),
        "glasses": np.minimum(np.minimum(left_rim, right_rim), bridge),
        "left_brow": np.hypot((f + 0.4) / 0.26, (v + 0.36 - bend) / 0.06),
        "right_brow": np.hypot((f - 0.4) / 0.26, (v + 0.36 - bend) / 0.06),
        "mouth": oval(0.0, 0.54, 0.32, 0.06),
        "upper_lip": np.hypot(f / 0.36, (v - 0.44 - bend) / 0.08),
        "lower_lip": np.hypot(f / 0.34, (v - 0.64 + bend) / 0.09),
        "nose": np.hypot(f / nose_width, (v - 0.14) / 0.3),
    }


def _outlines(u: Field, v: Field, ragged: Field) -> dict[str, Field]:
    """Return the distances of ears, skin, hair, clothes and the accessories around the face."""

    def oval(cx: float, cy: float, width: float, height: float) -> Field:
        return _oval(u, v, (cx, cy), (width, height))

    left_earring = oval(-0.98, 0.38, 0.1, 0.14)
    right_earring = oval(0.98, 0.38, 0.1, 0.14)
    hat = np.hypot(u / 1.0, (v + 1.15) / 0.4)
    skin = oval(0.0, 0.08, 1.0, 0.95)
    necklace = np.abs(oval(0.0, 0.95, 0.75, 0.5) - 1.0)
    hair = oval(0.0, -0.25, 1.15, 1.0)
    return {
        "earring": np.minimum(left_earring, right_earring),
        "left_ear": oval(-1.0, 0.0, 0.12, 0.25),
        "right_ear": oval(1.0, 0.0, 0.12, 0.25),
        "hat": hat + 4.0 * _above_zero(v + 0.75),
        "skin": skin + _above_zero(-0.55 - v + 0.5 * ragged),
        "necklace": necklace + 4.0 * _above_zero(1.2 - v),
        "neck": np.hypot(u / 0.6, (v - 1.2) / 0.4),
        "hair": hair + 0.6 * _above_zero(v - 0.2) + ragged,
        "cloth": np.hypot(u / 1.5, (v - 2.0) / 0.6) + 0.7 * ragged,
    }


def render(masks: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return images (N, 3, H, W) of masks (N, H, W), with colours, light, texture and noise."""
    n, size, _ = masks.shape
    colours = palette(n, rng)
    images = colours[np.arange(n)[:, None, None], masks]
    images = images.transpose(0, 3, 1, 2)  # (N, 3, H, W)

    numbers = rng.standard_normal((n, 3, size, size)).astype(np.float32)
    texture = gaussian_filter(numbers, (0, 0, size / 16, size / 16))
    background = (masks == 0)[:, None]
    images = images + texture / texture.std() * np.where(background, 0.1, 0.03)

    axis = np.linspace(-1, 1, size, dtype=np.float32)
    slope = 0.15 * rng.standard_normal((2, n, 1, 1, 1))
    light = 1 + slope[0] * axis + slope[1] * axis[:, None]
    blurred = gaussian_filter(images * light, (0, 0, 0.5, 0.5))
    noisy = blurred + 0.05 * rng.standard_normal(images.shape)
    return np.asarray((noisy - 0.45) / 0.25, np.float32)


def palette(n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return a colour for each class of each face, (N, C, 3): red, green, blue in about [0, 1]."""
    skin = rng.uniform(0.5, 1.0, (n, 1)) * np.array([0.92, 0.7, 0.56])
    hair = rng.uniform(0.1, 0.75, (n, 1)) * np.array([0.8, 0.55, 0.3])
    backdrop = rng.uniform(0.3, 0.8, (n, 1)) + 0.1 * rng.standard_normal((n, 3))
    cloth, hat = (vivid(n, rng) for _ in range(2))
    lips = skin * np.array([0.95, 0.5, 0.55])
    brow = 0.6 * hair + 0.1 * skin
    eye = rng.uniform(0.6, 1.0, (n, 1)) * np.array([0.75, 0.9, 1.0])
    metal = rng.uniform(0.8, 1.0, (n, 1)) * np.array([1.0, 0.85, 0.3])
    colours = {
        "background": backdrop,
        "skin": skin,
        "hair": hair,
        "cloth": cloth,
        "neck": 0.8 * skin,
        "hat": hat,
        "nose": 1.15 * skin,
        "glasses": rng.uniform(0.0, 0.2, (n, 1)) * np.ones(3),
        "left_ear": 0.85 * skin,
        "right_ear": 0.85 * skin,
        "mouth": 0.3 * skin,
        "lower_lip": lips,
        "upper_lip": 0.8 * lips,
        "left_brow": brow,
        "right_brow": brow,
        "necklace": metal,
        "earring": metal,
        "left_eye": eye,
        "right_eye": eye,
    }
    return np.stack([colours[name] for name in CLASSES], axis=1)


def vivid(n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return saturated colours, (N, 3): one channel high, one low, one between, in any order."""
    high = rng.uniform(0.65, 1.0, n)
    low = rng.uniform(0.0, 0.3, n)
    between = rng.uniform(0.1, 0.9, n)
    return rng.permuted(np.stack([high, low, between], axis=1), axis=1)
