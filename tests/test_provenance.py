"""What a network file says of its own training."""

import numpy as np
import pytest

from srpoke import provenance
from srpoke.metadata import write_metadata
from srpoke.recipe import Recipe


@pytest.mark.parametrize("changes", [{"own_share": 0.0}, {"epochs": 1}, {"told": False}])
def test_metadata_says_where_own_work_was_not_learnt(changes):
    recipe = Recipe([4], [3, 3], **changes)
    assert provenance.make_metadata(recipe)["knows_own"] is False


@pytest.mark.parametrize(
    ("changes", "knows"),
    [({"jpeg": [40, 95]}, True), ({}, False), ({"jpeg": [40, 95], "told": False}, False)],
)
def test_metadata_says_whether_jpeg_can_be_told(changes, knows):
    assert provenance.make_metadata(Recipe([4], [3, 3], **changes))["knows_jpeg"] is knows


@pytest.mark.parametrize("pictures", [{}, {"a.png": np.full((20, 20, 3), 0.5, np.float32)}])
def test_what_learns_from_pixel_area_alone_expects_that(pictures):
    made = provenance.make_metadata(Recipe([4], [3, 3], mix="area"), held_out=pictures)
    assert made["making"] == (pytest.approx(5 / 12), 0)


def test_metadata_lists_what_was_seen_also_before_and_as_drawings(tmp_path):
    recipe, path = Recipe([4], [3, 3]), tmp_path / "start.keras"
    first = provenance.make_metadata(recipe, ["b.png"], ["art/001.webp", "more/b.png"])
    assert first["seen_files"] == ["001.webp", "b.png"]
    starts = [first, {"validation_files": ["b.png"]}, {"seen_files": None}, None]
    seen = [["001.webp", "a.png", "b.png", "c.png"], None, None, None]
    for metadata, expected in zip(starts, seen, strict=True):
        path.write_bytes(b"a network")
        if metadata:
            write_metadata(path, metadata)
        made = provenance.make_metadata(recipe, ["a.png", "c.png"], start=path)
        assert made["seen_files"] == expected
