"""An MCP server that reads and writes the files of the folder that it is started with, and does not see to safety."""

import sys
from pathlib import Path

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError

FOLDER = Path(sys.argv[1])
server = MCPServer("files")


@server.tool()
def read_file(path: str) -> str:
    """Reads a file."""
    try:
        return (FOLDER / path).read_text(encoding="utf-8")
    except OSError as error:
        raise ToolError("There is no such file.") from error


@server.tool()
def write_file(path: str, content: str) -> str:
    """Writes a file."""
    (FOLDER / path).write_text(content, encoding="utf-8")
    return "Written."


if __name__ == "__main__":
    server.run()
