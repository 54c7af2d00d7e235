"""Models that other programs brought to this machine: found and offered, never copied and never removed."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from desktop.engine import ModelInfo
from desktop.models.gguf_name import SUFFIX, begins_model, model_files, model_name

LM_STUDIO: Final = "LM Studio"
OLLAMA: Final = "Ollama"
HUB_CACHE: Final = "Hugging Face"

_WEIGHTS: Final = "application/vnd.ollama.image.model"
_DIGEST: Final = re.compile(r"sha256:([0-9a-f]{64})")
_MOST_BYTES: Final = 2**20
"""No manifest and no settings are longer."""
_OLLAMA_LIBRARY: Final = ("registry.ollama.ai", "library")


def found_elsewhere(home: Path, environment: Mapping[str, str]) -> tuple[ModelInfo, ...]:
    """What LM Studio, Ollama and the hub's own tools keep, each file once, the largest first."""
    found: dict[Path, ModelInfo] = {}
    for model in (*_of_lm_studio(home), *_of_ollama(home, environment), *_of_hub_cache(home, environment)):
        found.setdefault(Path(model.path).resolve(), model)
    return tuple(sorted(found.values(), key=lambda model: (-model.size, model.name)))


def _of_lm_studio(home: Path) -> Iterator[ModelInfo]:
    chosen = _json(home / ".lmstudio" / "settings.json").get("downloadsFolder")
    folders = [home / ".lmstudio" / "models", home / ".cache" / "lm-studio" / "models"]
    folders += [Path(chosen)] if isinstance(chosen, str) and chosen else []
    for folder in folders:
        for path in _files(folder, f"*/*/*{SUFFIX}"):
            yield from _whole(path, LM_STUDIO)


def _of_hub_cache(home: Path, environment: Mapping[str, str]) -> Iterator[ModelInfo]:
    base = Path(environment.get("HF_HOME") or home / ".cache" / "huggingface")
    cache = Path(environment.get("HF_HUB_CACHE") or base / "hub")
    for path in _files(cache, f"models--*/snapshots/*/**/*{SUFFIX}"):
        yield from _whole(path, HUB_CACHE)


def _of_ollama(home: Path, environment: Mapping[str, str]) -> Iterator[ModelInfo]:
    folders = [home / ".ollama" / "models", Path("/usr/share/ollama/.ollama/models")]
    folders += [Path(environment["OLLAMA_MODELS"])] if environment.get("OLLAMA_MODELS") else []
    for folder in folders:
        for manifest in _files(folder / "manifests", "*/*/*/*"):
            host, owner, name, tag = manifest.relative_to(folder / "manifests").parts
            shown = f"{name}:{tag}" if (host, owner) == _OLLAMA_LIBRARY else f"{owner}/{name}:{tag}"
            for blob in _blobs(manifest, folder):
                yield ModelInfo(name=shown, path=str(blob), size=blob.stat().st_size, source=OLLAMA)


def _blobs(manifest: Path, folder: Path) -> Iterator[Path]:
    """The weights that a manifest names. It may say anything, so only what looks like a digest is a file's name."""
    layers = _json(manifest).get("layers")
    for layer in layers if isinstance(layers, list) else ():
        if isinstance(layer, dict) and layer.get("mediaType") == _WEIGHTS:
            digest = _DIGEST.fullmatch(str(layer.get("digest")))
            blob = folder / "blobs" / f"sha256-{digest[1]}" if digest is not None else None
            if blob is not None and blob.is_file():
                yield blob


def _whole(path: Path, source: str) -> Iterator[ModelInfo]:
    """The model that begins in that file, if it does and all of it is there."""
    parts = model_files(path)
    if begins_model(path) and all(part.is_file() for part in parts):
        size = sum(part.stat().st_size for part in parts)
        yield ModelInfo(name=model_name(path), path=str(path), size=size, source=source)


def _files(folder: Path, pattern: str) -> list[Path]:
    try:
        return sorted(path for path in folder.glob(pattern) if path.is_file())
    except OSError:
        return []  # another user's


def _json(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            found = json.loads(file.read(_MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
