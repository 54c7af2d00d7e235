"""All that a person does with the models of a data folder, in one place for window, API and command line."""

import asyncio
from dataclasses import dataclass

from desktop.models.downloading import Downloads, DownloadState
from desktop.models.keeping import Removal
from desktop.models.local_models import LocalModels


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelKeeper:
    """What lies on the shelf, and what is on its way there. Of the engine's loop."""

    models: LocalModels
    downloads: Downloads

    async def remove(self, name: str) -> Removal:
        """Take a model off the shelf, or give up its download. Raises like `LocalModels.remove`."""
        for download in self.downloads.list():
            if name in (download.id, download.name) and download.state is not DownloadState.COMPLETED:
                return Removal(name=download.name, freed=await self.downloads.discard(download.id))
        return await asyncio.to_thread(self.models.remove, name)
