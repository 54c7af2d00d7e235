"""The runtime computes on the card that was chosen, and on no other."""

from desktop.models.runtime_server import wanted_card

DEVICES = [
    {"name": "CPU", "description": "A processor", "type": "GGML_BACKEND_DEVICE_TYPE_CPU"},
    {"name": "CUDA0", "description": "Small card", "type": "GGML_BACKEND_DEVICE_TYPE_GPU"},
    {"name": "CUDA1", "description": "Large card", "type": "GGML_BACKEND_DEVICE_TYPE_GPU"},
]


def test_the_card_is_found_among_the_cards_by_its_name() -> None:
    assert wanted_card(DEVICES, "CUDA1") == ("Large card", 1)
    assert wanted_card(DEVICES, "CUDA0") == ("Small card", 0)


def test_one_that_has_gone_is_the_first_that_is_there() -> None:
    assert wanted_card(DEVICES, "CUDA7") == ("Small card", 0)


def test_without_any_there_is_none() -> None:
    assert wanted_card(DEVICES[:1], "CUDA0") == ("", 0)
    assert wanted_card(DEVICES[:1], "") == ("", 0)
