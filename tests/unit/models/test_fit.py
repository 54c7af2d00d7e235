"""What models take, and how they are loaded into what there is."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.models.fit import (
    CacheKind,
    Fit,
    Footprint,
    Loading,
    MeasuredLoads,
    ModelShape,
    Room,
    Wishes,
    cache_bytes,
    fit,
    footprint,
    room_of,
    shape_of,
    step_down,
)
from desktop.models.fit.footprint import whole
from desktop.models.gguf import read_gguf
from tests.fakes.architectures import PUBLISHED, Published
from tests.fakes.fixed_hardware import gpu, machine

GIB = 2**30
FOUR = Wishes(slots=4)
USUAL = Loading(gpu_layers=0, context_tokens=8_192, slots=2)


@pytest.fixture(params=PUBLISHED, ids=lambda model: model.name)
def model(request: pytest.FixtureRequest) -> Published:
    found: Published = request.param
    return found


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ModelShape]:
    folder = tmp_path_factory.mktemp("published")
    return {model.name: shape_of(read_gguf(model.write(folder))) for model in PUBLISHED}


@pytest.fixture(scope="module")
def llama(shapes: dict[str, ModelShape]) -> ModelShape:
    return shapes["llama-3.1-8b"]


def room(*, gpu: float = 0.0, host: float = 24.0) -> Room:
    return Room(
        gpu_total=int(gpu * GIB), gpu_free=int(gpu * GIB), host_total=int(host * GIB), host_free=int(host * GIB)
    )


def test_the_cache_takes_what_is_known_of_the_model(model: Published, shapes: dict[str, ModelShape]) -> None:
    shape = shapes[model.name]

    assert cache_bytes(shape, USUAL) == model.cache
    small = cache_bytes(shape, replace(USUAL, cache=CacheKind.Q8_0))
    assert small == (model.cache - model.states) * 17 // 32 + model.states


def test_every_weight_is_counted_once(model: Published, tmp_path: Path) -> None:
    gguf = read_gguf(model.write(tmp_path))
    shape = shape_of(gguf)

    assert shape.weight_bytes == gguf.head.weight_bytes
    assert len(shape.layers) == model.layers
    assert min(layer.weight_bytes for layer in shape.layers) > 0
    assert shape.ties_output is model.ties


def test_more_layers_on_the_gpu_take_more_there_and_less_elsewhere(
    model: Published, shapes: dict[str, ModelShape]
) -> None:
    shape = shapes[model.name]
    found = [footprint(shape, replace(USUAL, gpu_layers=layers)) for layers in range(1, whole(shape) + 1)]

    assert all(less.gpu < more.gpu and less.host > more.host for less, more in pairwise(found))
    assert footprint(shape, USUAL).gpu == 0
    assert found[-1].gpu > cache_bytes(shape, USUAL) + sum(layer.weight_bytes for layer in shape.layers)


def test_a_card_with_room_gets_everything(llama: ModelShape) -> None:
    found = fit(llama, room(gpu=24), FOUR)

    assert found.fits
    assert found.loading == Loading(gpu_layers=33, context_tokens=16_384, slots=4, batch=512)
    assert found.sentence.startswith("33 of 33 layers, ")
    assert found.sentence.endswith(" of 24 GB")


def test_a_small_card_gets_some_layers(llama: ModelShape) -> None:
    found = fit(llama, room(gpu=4), FOUR)

    assert 0 < found.loading.gpu_layers < 33
    assert found.takes.gpu <= 4 * GIB
    more = replace(found.loading, gpu_layers=found.loading.gpu_layers + 1)
    assert footprint(llama, more).gpu > 3.4 * GIB  # one more would leave no margin


def test_memory_that_is_shared_is_counted_once(llama: ModelShape) -> None:
    shared = replace(room(gpu=12, host=9), is_shared=True)
    found = fit(llama, shared, FOUR)

    assert found.fits
    assert found.takes.gpu + found.takes.host - found.takes.reclaimable <= 9 * GIB


def test_a_card_too_small_for_anything_is_left_alone(llama: ModelShape) -> None:
    assert fit(llama, room(gpu=0.2), FOUR).loading.gpu_layers == 0


def test_a_person_may_leave_the_card_alone(llama: ModelShape) -> None:
    assert fit(llama, room(gpu=80), Wishes(slots=4, uses_gpu=False)).loading.gpu_layers == 0


def test_the_processor_gets_as_much_context_as_its_memory_allows(llama: ModelShape) -> None:
    wide, narrow, tight = (fit(llama, room(host=host), FOUR) for host in (24, 6, 4.5))

    assert (wide.loading.context_tokens, wide.loading.slots) == (8_192, 4)
    assert narrow.loading.slots == 4
    assert narrow.loading.cache is CacheKind.Q8_0 or narrow.loading.context_tokens < 8_192
    assert tight.loading.slots < 4 or tight.loading.context_tokens < narrow.loading.context_tokens
    assert all(found.fits for found in (wide, narrow, tight))


def test_prompts_are_kept_in_half_of_what_is_left_up_to_a_gigabyte(llama: ModelShape) -> None:
    assert fit(llama, room(host=24), FOUR).kept_prompts == GIB
    tight = fit(llama, room(host=4.5), FOUR)
    left = tight.room.host_free - tight.takes.host + tight.takes.reclaimable
    assert 0 < left < 2 * GIB
    assert tight.kept_prompts == left // 2
    assert fit(llama, room(host=2), FOUR).kept_prompts == 0


def test_what_does_not_fit_is_loaded_in_the_smallest_way_and_says_so(llama: ModelShape) -> None:
    found = fit(llama, room(host=3), FOUR)

    assert not found.fits
    assert (found.loading.context_tokens, found.loading.slots) == (2_048, 1)


def test_a_context_that_is_asked_for_is_kept(llama: ModelShape) -> None:
    found = fit(llama, room(host=4.5), Wishes(slots=4, context_tokens=3_000))

    assert found.loading.context_tokens == 3_000


def test_a_model_has_no_more_context_than_it_was_trained_for(llama: ModelShape) -> None:
    assert fit(replace(llama, trained_context=1_024), room(), FOUR).loading.context_tokens == 1_024


def test_what_loads_took_corrects_what_is_expected(llama: ModelShape, tmp_path: Path) -> None:
    loads = MeasuredLoads(tmp_path)
    assert loads.factor("llama") == 1.0

    loads.learn("llama", expected=1_000, measured=1_200)
    loads.learn("llama", expected=1_000, measured=1_100)
    again = MeasuredLoads(tmp_path)

    assert again.factor("llama") == pytest.approx(1.15)
    plain, corrected = fit(llama, room(), FOUR), fit(llama, room(), FOUR, factor=again.factor("llama"))
    assert corrected.takes.host == pytest.approx(plain.takes.host * 1.15, rel=0.001)


def test_a_measurement_that_can_not_be_is_held_within_reason(tmp_path: Path) -> None:
    loads = MeasuredLoads()
    loads.learn("a", expected=1_000, measured=90_000)
    loads.learn("b", expected=1_000, measured=0)

    assert (loads.factor("a"), loads.factor("b")) == (1.5, 1.0)
    (tmp_path / "measured_loads.json").write_text('{"a": 9000}')
    assert MeasuredLoads(tmp_path).factor("a") == 1.0


def test_memory_that_can_not_be_written_to_does_no_harm(tmp_path: Path) -> None:
    loads = MeasuredLoads(tmp_path / "gone")
    loads.learn("a", expected=1_000, measured=1_100)

    assert loads.factor("a") == pytest.approx(1.1)


def test_stepping_down_gives_up_context_then_slots_then_layers() -> None:
    loading: Loading | None = Loading(gpu_layers=3, context_tokens=5_000, slots=2)
    steps = []
    while loading := step_down(loading) if loading else None:
        steps.append((loading.context_tokens, loading.slots, loading.gpu_layers))

    assert steps == [(2_304, 2, 3), (2_048, 2, 3), (2_048, 1, 3), (2_048, 1, 2), (2_048, 1, 1), (2_048, 1, 0)]


@given(gpu=st.floats(0, 96), host=st.floats(0.5, 256), slots=st.integers(1, 8), name=st.sampled_from(PUBLISHED))
def test_whatever_is_chosen_fits_or_says_that_it_does_not(
    shapes: dict[str, ModelShape], gpu: float, host: float, slots: int, name: Published
) -> None:
    found = fit(shapes[name.name], room(gpu=gpu, host=host), Wishes(slots=slots))

    assert 1 <= found.loading.slots <= slots
    assert found.loading.context_tokens <= shapes[name.name].trained_context
    if found.fits:
        assert found.takes.gpu <= found.room.gpu_free
        assert found.takes.host - found.takes.reclaimable <= found.room.host_free


def test_room_is_what_is_free_and_what_will_be() -> None:
    found = room_of(machine(gpu(free=2 * GIB), available=3 * GIB), unloaded=Footprint(gpu=5 * GIB, host=GIB))

    assert (found.gpu_free, found.gpu_total, found.host_free) == (7 * GIB, 12 * GIB, 4 * GIB)
    assert room_of(machine()).gpu_free == 0


def test_the_sentence_is_short() -> None:
    loading = Loading(gpu_layers=33, context_tokens=16_384, slots=4)
    takes = Footprint(gpu=int(5.1 * GIB), host=GIB)
    found = Fit(loading=loading, takes=takes, layers=33, room=room(gpu=12), fits=True)

    assert found.sentence == "33 of 33 layers, 16k context, 4 slots, 5.1 of 12 GB"
    small = replace(found, loading=replace(loading, gpu_layers=0, slots=1, cache=CacheKind.Q8_0))
    assert small.sentence == "on the processor, 16k context, 1 slot, Q8_0 cache, 1.0 of 24 GB"
