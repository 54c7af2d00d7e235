"""What an agent may call: for now it reads documents, in a pool of child processes."""

from desktop.tools.pooled_reader import PooledReader

__all__ = ["PooledReader"]
