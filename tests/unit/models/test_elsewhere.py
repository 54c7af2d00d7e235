"""What LM Studio, Ollama and the hub's tools keep is found."""

import json
from pathlib import Path
from typing import Any

import pytest

from desktop.models.elsewhere import found_elsewhere


def put(path: Path, size: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(size))
    return path


def put_manifest(models: Path, name: str, layers: Any) -> None:
    path = models / "manifests" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"schemaVersion": 2, "layers": layers}))


def layer(digest: str, kind: str = "model") -> dict[str, str]:
    return {"mediaType": f"application/vnd.ollama.image.{kind}", "digest": f"sha256:{digest}"}


def test_models_of_lm_studio_are_found_without_what_reads_pictures(tmp_path: Path) -> None:
    here = put(tmp_path / ".lmstudio/models/maker/repo/model-Q4.gguf", 10)
    put(tmp_path / ".lmstudio/models/maker/repo/mmproj-model.gguf", 5)
    put(tmp_path / ".cache/lm-studio/models/maker/repo/old.gguf", 3)
    moved = put(tmp_path / "big disk/maker/repo/moved.gguf", 30)
    (tmp_path / ".lmstudio/settings.json").write_text(json.dumps({"downloadsFolder": str(tmp_path / "big disk")}))

    found = found_elsewhere(tmp_path, {})

    assert [(model.name, model.size, model.source) for model in found] == [
        ("moved", 30, "LM Studio"),
        ("model-Q4", 10, "LM Studio"),
        ("old", 3, "LM Studio"),
    ]
    assert [found[0].path, found[1].path] == [str(moved), str(here)]


def test_models_of_ollama_are_found_by_their_manifests(tmp_path: Path) -> None:
    models = tmp_path / ".ollama/models"
    weights, other = put(models / f"blobs/sha256-{'a' * 64}", 40), put(tmp_path / f"store/blobs/sha256-{'b' * 64}", 4)
    put_manifest(models, "registry.ollama.ai/library/llama3.2/3b", [layer("c" * 64, "license"), layer("a" * 64)])
    put_manifest(tmp_path / "store", "registry.ollama.ai/somebody/tuned/latest", [layer("b" * 64)])

    found = found_elsewhere(tmp_path, {"OLLAMA_MODELS": str(tmp_path / "store")})

    assert [(model.name, model.path, model.source) for model in found] == [
        ("llama3.2:3b", str(weights), "Ollama"),
        ("somebody/tuned:latest", str(other), "Ollama"),
    ]


@pytest.mark.parametrize("layers", [None, 7, [None, "x"], [layer("../../../secret")], [layer("f" * 64)], [{}]])
def test_a_manifest_that_says_anything_else_leads_nowhere(tmp_path: Path, layers: Any) -> None:
    put(tmp_path / "secret", 40)
    put_manifest(tmp_path / ".ollama/models", "registry.ollama.ai/library/odd/latest", layers)
    put(tmp_path / ".ollama/models/manifests/registry.ollama.ai/library/odd/binary", 100)

    assert found_elsewhere(tmp_path, {}) == ()


def test_the_cache_of_the_hub_is_found_and_each_file_once(tmp_path: Path) -> None:
    blob = put(tmp_path / ".cache/huggingface/hub/models--maker--repo/blobs/abc", 20)
    for revision in ("one", "two"):
        link = tmp_path / f".cache/huggingface/hub/models--maker--repo/snapshots/{revision}/sub/model.gguf"
        link.parent.mkdir(parents=True)
        link.symlink_to(blob)

    (found,) = found_elsewhere(tmp_path, {})

    assert (found.name, found.size, found.source) == ("model", 20, "Hugging Face")
    assert found.path.endswith("model.gguf")
    put(tmp_path / "cache/models--a--b/snapshots/x/y.gguf", 1)
    assert [m.name for m in found_elsewhere(tmp_path, {"HF_HUB_CACHE": str(tmp_path / "cache")})] == ["y"]
    assert [m.name for m in found_elsewhere(tmp_path, {"HF_HOME": str(tmp_path / "nowhere")})] == []


def test_a_split_model_is_found_once_and_only_whole(tmp_path: Path) -> None:
    folder = tmp_path / ".lmstudio/models/maker/repo"
    for number in (1, 2):
        put(folder / f"big-0000{number}-of-00002.gguf", 8)
    put(folder / "half-00001-of-00002.gguf", 8)

    assert [(model.name, model.size) for model in found_elsewhere(tmp_path, {})] == [("big", 16)]


def test_where_nothing_is_nothing_is_found(tmp_path: Path) -> None:
    assert found_elsewhere(tmp_path, {}) == ()
