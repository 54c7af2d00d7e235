"""What a person is told of how a run used models."""

from dataclasses import replace

from desktop.engine import LoadedModel, Usage, how_it_ran

GIB = 2**30
CARD = LoadedModel(
    name="Qwen3-4B Q4_K_M",
    context_tokens=16384,
    slots=4,
    device="NVIDIA GeForce RTX 4070",
    gpu_layers=33,
    layers=33,
    runtime="xllamacpp",
    gpu_memory=round(5.1 * GIB),
    gpu_total=12 * GIB,
)
USED = Usage(
    ran_on=(CARD,),
    prompt_tokens=12_345,
    cached_tokens=8_000,
    output_tokens=2_440,
    reading_seconds=10.0,
    writing_seconds=40.0,
    peak_memory=480 * 2**20,
)


def test_a_run_on_a_card_tells_all_that_is_known() -> None:
    assert how_it_ran(USED) == (
        ("Ran on", "Qwen3-4B Q4_K_M · RTX 4070, 33/33 layers · xllamacpp"),
        ("Context", "16,384 tokens · 4 slots"),
        ("Read", "12,345 tokens, 8,000 of them found in the cache · 434 tok/s"),
        ("Wrote", "2,440 tokens · 61 tok/s"),
        ("Memory", "480 MB at most · 5.1 of 12 GB of the graphics card’s"),
    )


def test_a_run_that_moved_to_the_processor_tells_both_places_and_why() -> None:
    processor = replace(
        CARD,
        device="CPU, 2 threads",
        gpu_layers=0,
        gpu_memory=0,
        gpu_total=0,
        slots=1,
        runtime="",
        reason="The graphics driver did not answer.",
        given_up=("1 instead of 4 answers at the same time", "4,096 tokens of context instead of 8,192"),
        lacks=("answers in a given form",),
    )
    told = how_it_ran(replace(USED, ran_on=(CARD, processor), peak_memory=0, writing_seconds=400.0))

    assert told[:6] == (
        ("Ran on", "Qwen3-4B Q4_K_M · CPU, 2 threads"),
        ("Before", "Qwen3-4B Q4_K_M · RTX 4070, 33/33 layers · xllamacpp"),
        ("Why there", "The graphics driver did not answer."),
        ("Context", "16,384 tokens · 1 slot"),
        ("Did without", "1 instead of 4 answers at the same time; 4,096 tokens of context instead of 8,192"),
        ("Can’t do", "answers in a given form"),
    )
    assert dict(told)["Wrote"] == "2,440 tokens · 6.1 tok/s"
    assert dict(told)["Memory"] == "5.1 of 12 GB of the graphics card’s"


def test_what_is_not_known_is_not_told() -> None:
    assert how_it_ran(Usage()) == ()
    assert how_it_ran(Usage(prompt_tokens=10, output_tokens=3)) == (("Read", "10 tokens"), ("Wrote", "3 tokens"))
    assert how_it_ran(Usage(peak_memory=3 * GIB)) == (("Memory", "3.0 GB at most"),)
