"""Errors with a hint and a page to read; the older family, beside ``sym.sdk.exceptions``."""

from enum import Enum
from typing import Any, Dict, Optional

__all__ = ["SymIntegrationError", "SymSDKError"]


class SymSDKError(Exception):
    """Something is wrong with how the SDK was used."""

    def __init__(
        self, message: str, hint: Optional[str] = None, doc_url: Optional[str] = None, **kwargs: Any
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.doc_url = doc_url

    def _paragraphs(self, hint_label: str) -> str:
        paragraphs = [self.message]
        if self.hint:
            paragraphs.append("{} {}".format(hint_label, self.hint))
        if self.doc_url:
            paragraphs.append("For more details, see: {}.".format(self.doc_url))
        return "\n\n".join(paragraphs)

    def __str__(self) -> str:
        return self._paragraphs("Hint:")

    def format_slack(self) -> str:
        """The same text in Slack's mrkdwn."""
        return self._paragraphs("*Hint:*")


def _filled(text: Optional[str], params: Optional[Dict[str, Any]]) -> Optional[str]:
    if not text or not params:
        return text
    try:
        return text.format_map(params)
    except (KeyError, IndexError, ValueError):
        return text


class SymIntegrationError(SymSDKError):
    """An integration failed. Subclasses give texts of their own through the class attributes."""

    default_message: str = ""
    default_hint: Optional[str] = None
    default_docs_url: Optional[str] = None

    def __init__(
        self,
        message: str = "",
        hint: Optional[str] = None,
        doc_url: Optional[str] = None,
        *,
        error_code: Optional[Enum] = None,
        params: Optional[Dict[str, Any]] = None,
    ) -> None:
        self.error_code = error_code
        self.params = params or {}
        super().__init__(
            _filled(message or self.default_message, params) or "",
            _filled(hint or self.default_hint, params),
            doc_url or self.default_docs_url,
        )
