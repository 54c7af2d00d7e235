"""MCP servers: what the settings hold of them, and their tools, which nobody here trusts."""

from desktop.tools.servers.acceptances import Acceptances, seal_of
from desktop.tools.servers.choice import ServerChoice, check_servers, plain_name
from desktop.tools.servers.common_form import servers_in
from desktop.tools.servers.failure import ServerRefused, ServerTrouble
from desktop.tools.servers.limits import Limits
from desktop.tools.servers.server_toolbox import OpenServers, ServerToolbox

__all__ = [
    "Acceptances",
    "Limits",
    "OpenServers",
    "ServerChoice",
    "ServerRefused",
    "ServerToolbox",
    "ServerTrouble",
    "check_servers",
    "plain_name",
    "seal_of",
    "servers_in",
]
