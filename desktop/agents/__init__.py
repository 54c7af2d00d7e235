"""What each kind of task does, written as plain async functions of journaled steps."""

from desktop.agents.assistant.assistant_agent import AssistantAgent
from desktop.agents.chat.chat_agent import ChatAgent
from desktop.agents.code.code_agent import CodeAgent
from desktop.agents.documents.documents_agent import DocumentsAgent
from desktop.agents.research.research_agent import ResearchAgent

__all__ = ["AssistantAgent", "ChatAgent", "CodeAgent", "DocumentsAgent", "ResearchAgent"]
