"""What each kind of task does, written as plain async functions of journaled steps."""

from desktop.agents.documents.documents_agent import DocumentsAgent

__all__ = ["DocumentsAgent"]
