"""What an agent may call: documents in a pool of child processes, the web, and the folders that the person gave."""

from desktop.tools.given_folders import GivenFolders
from desktop.tools.joined_toolbox import JoinedToolbox
from desktop.tools.own_toolbox import OwnToolbox
from desktop.tools.pooled_reader import PooledReader
from desktop.tools.web_access import WebAccess
from desktop.tools.web_choice import SearchEngine, WebChoice

__all__ = ["GivenFolders", "JoinedToolbox", "OwnToolbox", "PooledReader", "SearchEngine", "WebAccess", "WebChoice"]
