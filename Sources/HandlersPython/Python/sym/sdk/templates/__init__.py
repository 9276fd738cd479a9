"""The steps that a request goes through, and how handlers change its way."""

from sym.sdk.templates.approval import ApprovalTemplate, ApprovalTemplateStep
from sym.sdk.templates.step import get_step_output
from sym.sdk.templates.template import Template, TemplateStep

__all__ = ["ApprovalTemplate", "ApprovalTemplateStep", "Template", "TemplateStep", "get_step_output"]
